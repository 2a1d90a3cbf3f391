//! What the user chooses in the model panel, and what is known of the choices. No drawing here.

use crate::geometry::Size;
use crate::model::{Adapter, DeviceChoice};
use crate::session::{ModelInfo, ModelOptions};
use crate::tracker::{SPAN_BYTES, Zoom};
use crate::weights::{CATALOGUE, Entry, Settings, State, entry, state};
use std::path::{Path, PathBuf};

/// The part of the picture that is looked at where nothing else is chosen.
const PART: Size = Size::new(512, 384);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// Weights of the catalogue.
    Named(&'static Entry),
    /// A file of the user's; the path as it is typed.
    File,
}

/// How large a picture the network sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Picture {
    Recommended,
    Smaller,
    Larger,
    Custom,
}

/// What of a clip's picture the network looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ZoomChoice {
    Off,
    Points,
    Part,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) source: Source,
    pub(crate) file: String,
    pub(crate) device: DeviceChoice,
    /// Iterations for each window; the weights' own where `None`.
    pub(crate) iters: Option<usize>,
    /// Whether a loaded clip is looked at all at once.
    pub(crate) whole_clip: bool,
    pub(crate) zoom: ZoomChoice,
    /// What of the picture the network looks at where its size is chosen.
    pub(crate) part: Size,
    pub(crate) picture: Picture,
    pub(crate) custom: Size,
}

/// What there is: found out by a worker, since it asks disk and drivers.
#[derive(Clone, Debug)]
pub(crate) struct Survey {
    pub(crate) states: Vec<State>,
    pub(crate) adapters: Vec<Adapter>,
}

impl Survey {
    /// Looks at the disk and asks the drivers.
    pub(crate) fn take(settings: &Settings) -> Self {
        let states = CATALOGUE.iter().map(|entry| state(entry, settings)).collect();
        Self { states, adapters: crate::model::adapters() }
    }

    pub(crate) fn state(&self, wanted: &Entry) -> Option<&State> {
        CATALOGUE.iter().zip(&self.states).find(|(entry, _)| entry.name == wanted.name).map(|(_, state)| state)
    }
}

/// What weights are made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own {
    /// The picture of a live stream.
    pub(crate) model_size: Size,
    /// The picture of a loaded clip.
    pub(crate) clip_size: Size,
    /// Iterations per window.
    pub(crate) iters: usize,
}

impl Choice {
    /// The choice that a model was made from.
    pub(crate) fn of(model: Option<&ModelInfo>, base: &ModelOptions, settings: &Settings) -> Self {
        let options = model.map_or(base, |info| &info.options);
        let stem = options.weights.file_stem().unwrap_or_default().to_string_lossy();
        let is_ours = |named: &&Entry| match named.origin {
            crate::weights::Origin::Bundled => true,
            crate::weights::Origin::Remote { .. } => options.weights.parent() == settings.folder.as_deref(),
        };
        let named = entry(&stem).filter(is_ours);
        let size = options.tracker.model_size;
        let own = model.map_or(Size::new(384, 256), |info| info.config.model_size());
        let mut choice = Self {
            source: named.map_or(Source::File, Source::Named),
            file: if named.is_some() { String::new() } else { options.weights.display().to_string() },
            device: options.device,
            iters: options.tracker.iters,
            whole_clip: options.tracker.span_bytes.is_some(),
            zoom: match options.tracker.zoom {
                None => ZoomChoice::Off,
                Some(Zoom::Auto) => ZoomChoice::Points,
                Some(Zoom::Size(_)) => ZoomChoice::Part,
            },
            part: if let Some(Zoom::Size(part)) = options.tracker.zoom { part } else { PART },
            picture: Picture::Recommended,
            custom: size.unwrap_or(own),
        };
        let is_same = |picture: &Picture| choice.size_of(*picture, Some(own)) == size;
        let pictures = [Picture::Recommended, Picture::Smaller, Picture::Larger];
        choice.picture = pictures.into_iter().find(is_same).unwrap_or(Picture::Custom);
        choice
    }

    /// What the session is asked for; `Err` says what is missing.
    pub(crate) fn options(
        &self,
        base: &ModelOptions,
        survey: Option<&Survey>,
        model: Option<&ModelInfo>,
    ) -> Result<ModelOptions, &'static str> {
        let weights = match self.source {
            Source::Named(entry) => {
                let state = survey.ok_or("looking at what there is")?.state(entry);
                state.and_then(State::path).ok_or("these weights are not here yet")?.to_owned()
            }
            Source::File if self.file.trim().is_empty() => return Err("no file is chosen yet"),
            Source::File => PathBuf::from(self.file.trim()),
        };
        let mut options = ModelOptions { weights, device: self.device, ..base.clone() };
        options.tracker.iters = self.iters;
        options.tracker.span_bytes = self.whole_clip.then_some(SPAN_BYTES);
        options.tracker.zoom = match self.zoom {
            ZoomChoice::Points | ZoomChoice::Part if self.whole_clip => None,
            ZoomChoice::Off => None,
            ZoomChoice::Points => Some(Zoom::Auto),
            ZoomChoice::Part => Some(Zoom::Size(self.part)),
        };
        options.tracker.model_size = self.size_of(self.picture, self.own(model).map(|own| own.model_size));
        Ok(options)
    }

    /// What the chosen weights are made for, where that is known.
    pub(crate) fn own(&self, model: Option<&ModelInfo>) -> Option<Own> {
        match self.source {
            Source::Named(&Entry { model_size, clip_size, iters, .. }) => Some(Own { model_size, clip_size, iters }),
            Source::File => {
                let is_loaded = |info: &&ModelInfo| info.options.weights == Path::new(self.file.trim());
                model.filter(is_loaded).map(|ModelInfo { config, .. }| Own {
                    model_size: config.model_size(),
                    clip_size: config.clip_size(),
                    iters: config.iters,
                })
            }
        }
    }

    /// The size that a choice means; `None` leaves it to the weights.
    pub(crate) fn size_of(&self, picture: Picture, own: Option<Size>) -> Option<Size> {
        match picture {
            Picture::Recommended => None,
            Picture::Smaller => own.map(|own| scaled(own, 3, 4)),
            Picture::Larger => own.map(|own| scaled(own, 3, 2)),
            Picture::Custom => Some(self.custom),
        }
    }
}

/// A size in proportion, on the network's raster of 8 pixels.
fn scaled(size: Size, numerator: u32, denominator: u32) -> Size {
    let side = |n: u32| ((n * numerator + 4 * denominator) / (8 * denominator) * 8).clamp(64, 4096);
    Size::new(side(size.width), side(size.height))
}

/// Speeds that were seen, by what they were seen with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Speeds {
    seen: Vec<(ModelOptions, f64)>,
    /// Runs of an earlier model are still under way: what is seen now belongs to nobody.
    is_mixed: bool,
}

impl Speeds {
    /// Another model is in place while runs of the one before may go on.
    pub(crate) fn model_changed(&mut self, is_tracking: bool) {
        self.is_mixed = is_tracking;
    }

    /// Notes what tracking does now.
    pub(crate) fn note(&mut self, model: Option<&ModelInfo>, frames_per_sec: Option<f64>, is_tracking: bool) {
        self.is_mixed &= is_tracking;
        let (Some(model), Some(speed), false) = (model, frames_per_sec, self.is_mixed) else { return };
        match self.seen.iter_mut().find(|(options, _)| *options == model.options) {
            Some((_, last)) => *last = speed,
            None => self.seen.push((model.options.clone(), speed)),
        }
    }

    /// Frames per second that were last seen with these options.
    pub(crate) fn of(&self, options: &ModelOptions) -> Option<f64> {
        self.seen.iter().find(|(seen, _)| seen == options).map(|(_, speed)| *speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CpuOptions;
    use crate::tracker::TrackerOptions;

    fn base() -> ModelOptions {
        ModelOptions {
            weights: "there/small.safetensors".into(),
            device: DeviceChoice::Auto,
            cpu: CpuOptions::fast(Some(1)),
            tracker: TrackerOptions { support_grid: 6, ..TrackerOptions::default() },
            feature_budget_bytes: 1 << 20,
        }
    }

    fn settings() -> Settings {
        Settings { folder: Some("cache/weights".into()), ..Settings::from_env() }
    }

    #[test]
    fn sizes_keep_to_the_raster() {
        assert_eq!(scaled(Size::new(384, 256), 3, 4), Size::new(288, 192));
        assert_eq!(scaled(Size::new(384, 256), 4, 3), Size::new(512, 344));
        assert_eq!(scaled(Size::new(64, 64), 3, 4), Size::new(64, 64));
    }

    #[test]
    fn a_choice_becomes_options_once_its_weights_are_here() {
        let mut choice = Choice::of(None, &base(), &settings());
        assert_eq!((&choice.source, choice.picture), (&Source::Named(&CATALOGUE[0]), Picture::Recommended));
        assert_eq!(choice.options(&base(), None, None), Err("looking at what there is"));
        let mut states = vec![State::Missing; CATALOGUE.len()];
        states[0] = State::Bundled("there/small.safetensors".into());
        let survey = Survey { states, adapters: Vec::new() };
        assert_eq!(choice.options(&base(), Some(&survey), None), Ok(base()));
        (choice.iters, choice.picture, choice.device) = (Some(2), Picture::Smaller, DeviceChoice::Cpu);
        let options = choice.options(&base(), Some(&survey), None).unwrap();
        assert_eq!((options.tracker.iters, options.device), (Some(2), DeviceChoice::Cpu));
        assert_eq!((options.tracker.model_size, options.tracker.support_grid), (Some(Size::new(288, 192)), 6));
        assert_eq!(Choice::of(None, &options, &settings()).picture, Picture::Smaller);
        (choice.zoom, choice.part) = (ZoomChoice::Part, Size::new(300, 200));
        let options = choice.options(&base(), Some(&survey), None).unwrap();
        assert_eq!(options.tracker.zoom, Some(Zoom::Size(Size::new(300, 200))));
        let again = Choice::of(None, &options, &settings());
        assert_eq!((again.zoom, again.part), (ZoomChoice::Part, Size::new(300, 200)));
        choice.whole_clip = true;
        assert_eq!(choice.options(&base(), Some(&survey), None).unwrap().tracker.zoom, None, "one or the other");
        choice.source = Source::Named(&CATALOGUE[1]);
        assert_eq!(choice.options(&base(), Some(&survey), None), Err("these weights are not here yet"));
        choice.source = Source::File;
        assert_eq!(choice.options(&base(), None, None), Err("no file is chosen yet"));
        choice.file = " my/own.pth ".into();
        assert_eq!(choice.options(&base(), None, None).unwrap().weights, Path::new("my/own.pth"));
    }

    #[test]
    fn fetched_weights_are_told_from_a_file_of_the_same_name() {
        let with = |path: &str| ModelOptions { weights: path.into(), ..base() };
        let fetched = Choice::of(None, &with("cache/weights/scaled_online.pth"), &settings());
        assert_eq!(fetched.source, Source::Named(&CATALOGUE[1]));
        let own = Choice::of(None, &with("elsewhere/scaled_online.pth"), &settings());
        assert_eq!((own.source, own.file.as_str()), (Source::File, "elsewhere/scaled_online.pth"));
    }
}
