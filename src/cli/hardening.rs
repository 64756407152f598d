//! What is done before anything else: no core file of this process is ever written, as it would hold passwords.

/// Turns core files off, and with them what else reads the memory of a process without being root. Does nothing where
/// there is no such switch.
#[cfg(unix)]
pub fn forbid_cores() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    // A limit can always be lowered; a system that refuses even so has none to lower.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    // A core that goes to a program (core_pattern) knows no limit.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Nothing to turn off here.
#[cfg(not(unix))]
pub fn forbid_cores() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    #[test]
    fn this_process_leaves_no_core_any_more() {
        super::forbid_cores();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
