//! Which instruction set the kernels use, chosen at run time.

/// An instruction set that this machine has. Values come from [`Isa::best`] and [`Isa::available`] alone, so holding
/// one proves that its instructions may be executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa {
    level: Level,
    has_bf16: bool,
}

/// The kernels' variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// The fastest instruction set of this machine.
    #[must_use]
    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self::of(Level::Portable))
    }

    fn of(level: Level) -> Self {
        Self { level, has_bf16: false }
    }

    /// Every instruction set of this machine, slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "more are added on x86-64"))]
        let mut found = vec![Self::of(Level::Portable)];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            found.push(Self::of(Level::Avx2));
            let wide = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl");
            if wide && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512dq") {
                found.push(Self::of(Level::Avx512));
                if is_x86_feature_detected!("avx512bf16") {
                    found.push(Self { level: Level::Avx512, has_bf16: true });
                }
            }
        }
        found
    }

    /// The same without bf16: every product in single precision.
    #[must_use]
    pub fn precise(self) -> Self {
        Self::of(self.level)
    }

    /// Whether products of weights that were packed for it are of bf16 numbers, summed in single precision.
    #[must_use]
    pub fn has_bf16(self) -> bool {
        self.has_bf16
    }

    /// How users know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.level {
            Level::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if self.has_bf16 => "AVX-512, bf16",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "AVX-512",
        }
    }

    pub(super) fn level(self) -> Level {
        self.level
    }
}

/// Defines `fn name(isa, …)` that runs `body::<FMA>(…)` compiled for the given instruction set. `body` is an inlined
/// generic function of plain loops that the compiler vectorises; it multiplies and adds with [`fma`].
macro_rules! multiversion {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? => $body:ident) => {
        $(#[$meta])*
        #[cfg_attr(
            target_arch = "x86_64",
            expect(unsafe_code, reason = "functions compiled for an instruction set are unsafe to call")
        )]
        $vis fn $name(isa: $crate::kernels::cpu::isa::Isa, $($arg: $ty),*) $(-> $ret)? {
            use $crate::kernels::cpu::isa::Level;
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
            fn avx512($($arg: $ty),*) $(-> $ret)? {
                $body::<true>($($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $ty),*) $(-> $ret)? {
                $body::<true>($($arg),*)
            }
            match isa.level() {
                // SAFETY: an `Isa` of this level exists only where the features were detected.
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => unsafe { avx2($($arg),*) },
                // Every 64-bit Arm has a fused multiply-add; plain x86-64 would call a function for each.
                Level::Portable => $body::<{ cfg!(target_arch = "aarch64") }>($($arg),*),
            }
        }
    };
}
pub(super) use multiversion;

/// `a · b + c`, fused where the instruction set can.
#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
pub(super) fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_the_last_and_the_portable_one_is_always_there() {
        let all = Isa::available();
        assert_eq!(all[0].name(), "portable");
        assert_eq!(Isa::best(), all[all.len() - 1]);
        assert!(all.iter().all(|isa| all.contains(&isa.precise()) && !isa.precise().has_bf16()));
    }
}
