//! The recorded cases, a test for each area.

use tests::conformance::{Binary, Cases, Workers};

macro_rules! areas {
    ($($area:ident)*) => {
        const AREAS: &[&str] = &[$(stringify!($area)),*];
        $(
            #[test]
            fn $area() {
                check(stringify!($area));
            }
        )*
    };
}

areas!(alias archive call cmd compile cron environ file gem git http jinja npm output pillar pip requisites ssh_auth ssh_known_hosts state targeting top trees yaml);

#[expect(clippy::print_stdout, reason = "the numbers are wanted beside the faults, and the harness keeps them for a test that passes")]
fn check(area: &str) {
    let cases = Cases::of_tree().unwrap();
    let workers = Workers::new(env!("CARGO_BIN_EXE_conformance-worker")).unwrap();
    let binary = Binary { program: tests::programs().join("salt-call") };
    let report = cases.run(area, &workers, &binary).unwrap();
    println!("{report}");
    assert!(report.faults.is_empty(), "the faults are listed above");
}

#[test]
fn every_area_has_a_test() {
    assert_eq!(Cases::of_tree().unwrap().areas().unwrap(), AREAS);
}

#[test]
fn known_failures_are_cases() {
    assert_eq!(Cases::of_tree().unwrap().unknown().unwrap(), Vec::<String>::new());
}
