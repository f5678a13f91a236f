//! Panics. One inside a procedure becomes an error message of that procedure; any other ends the program with a line
//! that Terraform recognises as a crash of this plugin.

use std::any::Any;
use std::panic::{AssertUnwindSafe, PanicHookInfo};

use futures_util::FutureExt;

tokio::task_local! {
    /// Set while a procedure runs, whose panics are caught.
    static GUARDED: ();
}

/// A panic that was caught.
#[derive(Debug, thiserror::Error)]
#[error("a mistake in the provider: {0}. Please report it; what was done so far is in the log (TF_LOG=debug)")]
pub struct Crash(String);

/// Installs the hook that tells where it happened.
pub fn report_panics() {
    std::panic::set_hook(Box::new(report));
}

/// Runs `work`; a panic inside becomes an error.
pub async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, Crash> {
    let caught = GUARDED.scope((), AssertUnwindSafe(work).catch_unwind()).await;
    caught.map_err(|panic| Crash(message(panic.as_ref()).to_owned()))
}

fn report(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = message(panic.payload());
    match GUARDED.try_with(|()| ()) {
        Ok(()) => tracing::error!(place, panic = message, "a procedure panicked"),
        // Terraform looks for lines that begin with these very letters.
        Err(_) => eprintln!("panic: {message}\n\n{place}\n{}", std::backtrace::Backtrace::capture()),
    }
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let owned = || payload.downcast_ref::<String>().map(String::as_str);
    payload.downcast_ref::<&str>().copied().or_else(owned).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_in_a_procedure_is_an_error_with_its_message() {
        let crash = guarded(async { assert_eq!(1 + 1, 3, "arithmetic failed") }).await.unwrap_err();
        assert!(crash.to_string().contains("arithmetic failed"), "{crash}");
    }
}
