//! Cameras through V4L2, against a fake one in a child process.

use super::fake_camera::{is_child, number_in_rgb, numbered_jpeg};
use cotrail::geometry::Size;
use cotrail::media::{CameraError, CameraRequest, FrameRate, PixelFormat, list_cameras, open_camera};

fn at_size(width: u32, height: u32) -> CameraRequest {
    CameraRequest { size: Some(Size::new(width, height)), ..CameraRequest::index(0) }
}

#[test]
fn cameras_are_listed_with_name_and_formats() {
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("film.mjpeg");
    std::fs::write(&film, numbered_jpeg(1)).unwrap();
    let film = film.display().to_string();
    let settings = [("INDEX", "3"), ("NAME", "Desk cam"), ("MJPEG", film.as_str())];
    if !is_child("media::cameras::cameras_are_listed_with_name_and_formats", &settings) {
        return;
    }
    let found = list_cameras().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].index, found[0].id.name.as_str()), (3, "Desk cam"));
    let formats: Vec<String> = found[0].formats.as_ref().unwrap().iter().map(ToString::to_string).collect();
    let wanted = [
        "320x240 at 15 fps (YUYV)",
        "320x240 at 30 fps (YUYV)",
        "640x480 at 15 fps (YUYV)",
        "640x480 at 30 fps (YUYV)",
        "640x480 at 15 fps (MJPEG)",
        "640x480 at 30 fps (MJPEG)",
    ];
    assert_eq!(formats, wanted);
    let error = open_camera(&CameraRequest::index(0)).err().unwrap();
    assert_eq!(error.to_string(), "there is no camera 0; there is camera:3 (Desk cam)");
    let error = open_camera(&CameraRequest { frame_rate: Some(FrameRate::whole(17)), ..CameraRequest::index(3) })
        .err()
        .unwrap();
    assert_eq!(error, CameraError::NoFormat("3 (Desk cam)".into()));
}

#[test]
fn a_hundred_pictures_come_in_order() {
    if !is_child("media::cameras::a_hundred_pictures_come_in_order", &[("FPS", "100")]) {
        return;
    }
    let mut camera = open_camera(&CameraRequest::index(0)).unwrap();
    assert_eq!(camera.format().size, Size::new(640, 480));
    assert_eq!(camera.format().pixels, PixelFormat::Yuyv);
    let mut before = None;
    for _ in 0..100 {
        let shot = camera.grab().unwrap();
        assert_eq!(shot.rgb.len(), 3 * 640 * 480);
        let number = number_in_rgb(&shot.rgb, 640);
        assert!(before < Some((number, shot.taken_at)), "{before:?} {number}");
        before = Some((number, shot.taken_at));
        // A bar of the fake's pattern: Y 40 + 24 · bar, U and V ± 60 about 128.
        let bar = (320 + 4 * number) * 8 / 640 % 8;
        let luma = 1.164 * (24.0 + 24.0 * f64::from(bar));
        let (u, v) = (if bar & 1 == 1 { 60.0 } else { -60.0 }, if bar & 2 == 2 { 60.0 } else { -60.0 });
        let wanted = [luma + 1.596 * v, luma - 0.392 * u - 0.813 * v, luma + 2.017 * u];
        let at = 3 * (300 * 640 + 320);
        for (got, wanted) in shot.rgb[at..at + 3].iter().zip(wanted) {
            assert!((f64::from(*got) - wanted.clamp(0.0, 255.0)).abs() < 2.5, "{number}: {got} {wanted}");
        }
    }
}

#[test]
fn the_format_that_was_asked_for_is_delivered() {
    if !is_child("media::cameras::the_format_that_was_asked_for_is_delivered", &[]) {
        return;
    }
    let mut camera = open_camera(&at_size(320, 240)).unwrap();
    assert_eq!((camera.format().size, camera.format().frame_rate), (Size::new(320, 240), FrameRate::whole(30)));
    assert_eq!(camera.grab().unwrap().rgb.len(), 3 * 320 * 240);
    drop(camera);
    let slow = CameraRequest { frame_rate: Some(FrameRate::whole(15)), ..at_size(640, 480) };
    assert_eq!(open_camera(&slow).unwrap().format().frame_rate, FrameRate::whole(15));
}

/// Runs in a child: the rates that a camera is listed with, the one it is opened at, and its pictures.
fn rates_of_the_camera() -> (Vec<String>, FrameRate) {
    let found = list_cameras().unwrap();
    let formats = found[0].formats.as_ref().unwrap();
    let mut camera = open_camera(&at_size(640, 480)).unwrap();
    camera.grab().unwrap();
    let rates = formats.iter().filter(|format| format.size == Size::new(640, 480));
    (rates.map(|format| format.frame_rate.to_string()).collect(), camera.format().frame_rate)
}

#[test]
fn a_camera_of_television_rates_is_there() {
    if is_child("media::cameras::a_camera_of_television_rates_is_there", &[("INTERVAL", "1001/30000")]) {
        assert_eq!(
            rates_of_the_camera(),
            (vec!["14.99".into(), "29.97".into()], FrameRate::new(30_000, 1001).unwrap())
        );
    }
}

#[test]
fn an_interval_that_is_not_reduced_is_the_rate_that_it_is() {
    let name = "media::cameras::an_interval_that_is_not_reduced_is_the_rate_that_it_is";
    if is_child(name, &[("INTERVAL", "256/7680")]) {
        assert_eq!(rates_of_the_camera(), (vec!["15".into(), "30".into()], FrameRate::whole(30)));
    }
}

#[test]
fn a_slow_camera_is_opened_at_its_fastest() {
    if is_child("media::cameras::a_slow_camera_is_opened_at_its_fastest", &[("INTERVAL", "2/15")]) {
        assert_eq!(rates_of_the_camera(), (vec!["3.75".into(), "7.5".into()], FrameRate::new(15, 2).unwrap()));
    }
}

#[test]
fn a_camera_that_another_program_left_at_an_odd_rate_is_opened() {
    let name = "media::cameras::a_camera_that_another_program_left_at_an_odd_rate_is_opened";
    if is_child(name, &[("LEFT_AT", "1001/30000")]) {
        assert_eq!(rates_of_the_camera(), (vec!["15".into(), "30".into()], FrameRate::whole(30)));
    }
}

#[test]
fn a_camera_whose_intervals_make_no_sense_is_opened_at_the_rate_it_is_set_to() {
    let name = "media::cameras::a_camera_whose_intervals_make_no_sense_is_opened_at_the_rate_it_is_set_to";
    if is_child(name, &[("INTERVAL", "0/0"), ("LEFT_AT", "1/12")]) {
        assert_eq!(rates_of_the_camera(), (vec!["12".into()], FrameRate::whole(12)));
    }
}

#[test]
fn a_camera_in_use_is_called_busy() {
    if !is_child("media::cameras::a_camera_in_use_is_called_busy", &[]) {
        return;
    }
    let mut first = open_camera(&CameraRequest::index(0)).unwrap();
    first.grab().unwrap();
    let error = open_camera(&CameraRequest::index(0)).err().unwrap();
    assert_eq!(error.to_string(), "camera 0 (Fake Camera) is in use by another program");
    let other = open_camera(&at_size(320, 240)).err().unwrap();
    assert!(matches!(other, CameraError::Busy(_)), "{other}");
    first.grab().unwrap();
    drop(first);
    open_camera(&CameraRequest::index(0)).unwrap().grab().unwrap();
}

#[test]
fn an_unplugged_camera_ends_the_stream() {
    if !is_child("media::cameras::an_unplugged_camera_ends_the_stream", &[("UNPLUG_AFTER", "5"), ("FPS", "100")]) {
        return;
    }
    let mut camera = open_camera(&CameraRequest::index(0)).unwrap();
    let error = loop {
        if let Err(error) = camera.grab() {
            break error;
        }
    };
    assert_eq!(error, CameraError::Unplugged("0 (Fake Camera)".into()));
    drop(camera);
    assert_eq!(open_camera(&CameraRequest::index(0)).err(), Some(CameraError::NoCameras));
    assert!(list_cameras().unwrap().is_empty());
}

#[test]
fn garbage_among_jpeg_pictures_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("film.mjpeg");
    let garbled = |number: u32| {
        let mut picture = numbered_jpeg(number);
        let middle = picture.len() / 2;
        picture[middle..middle + 8].copy_from_slice(b"\xff\xc0garble");
        picture
    };
    let noise = [b"\xff\xd8\xff".as_slice(), &[0x5a; 3000], b"\xff\xd9"].concat();
    let pictures = [numbered_jpeg(0), noise, numbered_jpeg(2), garbled(3), numbered_jpeg(4)];
    std::fs::write(&film, pictures.concat()).unwrap();
    let settings = [("MJPEG", film.display().to_string()), ("FPS", "60".to_owned())];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if !is_child("media::cameras::garbage_among_jpeg_pictures_is_passed_over", &settings) {
        return;
    }
    let request = CameraRequest { pixels: Some(PixelFormat::Mjpeg), ..CameraRequest::index(0) };
    let mut camera = open_camera(&request).unwrap();
    let (mut good, mut damaged) = (Vec::new(), 0);
    while good.len() < 9 || damaged < 6 {
        match camera.grab() {
            Ok(shot) => good.push(number_in_rgb(&shot.rgb, 640)),
            Err(CameraError::Damaged(_)) => damaged += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(good.iter().all(|number| [0, 2, 4].contains(number)), "{good:?}");
    assert!([0, 2, 4].iter().all(|number| good.contains(number)), "{good:?}");
}
