# The formula for Homebrew (macOS and Linux). The release workflow fills in VERSION, URL and SHA256.
class Cotrail < Formula
  desc "Point tracker for video and live cameras"
  homepage "HOMEPAGE"
  url "URL"
  version "VERSION"
  sha256 "SHA256"
  license any_of: ["MIT", "Apache-2.0"]

  depends_on "llvm" => :build
  depends_on "pkgconf" => :build
  depends_on "rust" => :build
  depends_on "ffmpeg"

  def install
    ENV["COTRAIL_SKIP_PACKAGES"] = "1"
    system "make", "install", "PROFILE=dist", "PREFIX=#{prefix}"
  end

  test do
    system bin/"cotrail", "track", share/"cotrail/assets/demo.mp4", "--grid", "2", "--end", "4", "--out", "t.csv"
    assert_match "track,name,frame", File.read("t.csv")
  end
end
