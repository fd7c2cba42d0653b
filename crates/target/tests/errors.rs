//! Refused expressions say where and why.

use model::{Target, TargetKind};
use target::{Nodegroups, parse};

fn refused(kind: TargetKind, text: &str) -> String {
    let mut groups = Nodegroups::new();
    groups.insert("web", "web*");
    groups.insert("loop", "N@loop or db*");
    parse(&Target::new(kind, text), &groups).unwrap_err().to_string()
}

#[test]
fn a_refused_expression_names_the_column_and_the_way_out() {
    let seen = |text| refused(TargetKind::Compound, text);
    assert_eq!(seen("web* db*"), "target `web* db*`, column 6: `db*` follows another operand; join them with `and` or `or`");
    assert_eq!(seen("( web*"), "target `( web*`, column 1: this `(` is never closed; a parenthesis needs a blank on both sides");
    assert_eq!(seen("web* )"), "target `web* )`, column 6: this `)` closes nothing");
    assert_eq!(seen("web* and"), "target `web* and`, column 9: an operand is missing at the end; `*` means every minion");
    assert_eq!(seen("or web*"), "target `or web*`, column 1: an operand is missing before `or`");
    assert_eq!(seen("not not web*"), "target `not not web*`, column 5: `not` follows `not`; leave both out");
    assert_eq!(
        seen("(web* or db*)"),
        "target `(web* or db*)`, column 1: `(web*` has a parenthesis stuck to it; a parenthesis needs a blank on both sides"
    );
    assert_eq!(seen("web* or N@wbe"), "target `web* or N@wbe`, column 9: no nodegroup `wbe` is configured; did you mean `web`?");
    assert_eq!(seen("N@loop"), "target `N@loop`, column 1: in nodegroup `loop`: nodegroup `loop` contains itself");
    assert_eq!(
        seen("web* and S@10.0.0.5/24"),
        "target `web* and S@10.0.0.5/24`, column 12: `10.0.0.5/24` has bits set behind its mask; the network is `10.0.0.0/24`"
    );
    assert!(
        seen("x or E@web(").starts_with("target `x or E@web(`, column 12: `web(` is no regular expression: "),
        "{}",
        seen("x or E@web(")
    );
}

#[test]
fn a_grain_without_a_pattern_and_a_range_are_refused() {
    let seen = refused(TargetKind::Grain, "os");
    assert_eq!(seen, "target `os`, column 1: a path and a pattern are wanted, separated by `:`; write `os:*` for any value");
    assert!(refused(TargetKind::Range, "%web").contains("range targets need a range service"));
    assert!(refused(TargetKind::GrainPcre, "os:(").contains("no regular expression"));
}
