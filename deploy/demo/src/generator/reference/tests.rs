//! A record in, our documents out.

use super::*;
use crate::generator::Replay;

fn recorded() -> (BTreeMap<String, Vec<RecordedEdit>>, RecordedReturn, RecordedLive) {
    let history = json!({"h1": [
        {"id": "h1", "author": "u-b", "session": 1, "at": 100, "ops": [{"op": "set", "path": [], "value": {
            "id": "h1", "hh": "某某", "group": 2, "addr": "某村", "phone": "12400000000", "water": "井水", "power": true,
            "medIns": true, "incWage": 100, "visits": [], "needs": [],
            "members": [{"name": "某某", "rel": "户主", "idNo": "530190196004091636", "birth": 1957, "income": 1}]}}]},
        {"id": "h1", "author": "u-a", "session": 2, "at": 200, "ops": [
            {"op": "set", "path": ["bankNo"], "value": "6222"}, {"op": "set", "path": ["incWage"], "value": 200}]},
        {"id": "h1", "author": "u-a", "session": 2, "at": 210, "ops": [
            {"op": "push", "path": ["visits"], "value": {"date": "2024-05-01", "author": "u-a", "text": "在家。"}}]},
        {"id": "h1", "author": "u-a", "session": 2, "at": 220, "ops": [
            {"op": "push", "path": ["visits"], "value": {"date": "2024-06-01", "author": "u-b", "text": "再访。"}}]},
        {"id": "h1", "author": "u-a", "session": 2, "at": 230, "ops": [{"op": "push", "path": ["needs"],
            "value": {"kind": "饮水", "text": "管道坏", "status": "处理中", "amount": 300}}]},
    ]});
    let returning = json!({
        "a": [{"id": "h1", "author": "u-a", "session": 9, "at": 300, "ops": [
            {"op": "set", "path": ["members", 0, "income"], "value": 7}]}],
        "b": [{"id": "h1", "author": "u-b", "session": 9, "at": 300, "ops": [
            {"op": "set", "path": ["incWage"], "value": 8}]}],
        "both": ["h1"], "sameField": [["h1", ["incWage"]]],
    });
    let live = json!({"edits": [{"id": "h1", "author": "u-b", "session": 9, "at": 400, "ops": [
        {"op": "set", "path": ["updSeq"], "value": 1}]}]});
    (
        serde_json::from_value(history).unwrap(),
        serde_json::from_value(returning).unwrap(),
        serde_json::from_value(live).unwrap(),
    )
}

#[test]
fn a_record_becomes_a_file_a_journal_and_a_need() {
    let (history, returning, live) = recorded();
    let reference = Reference::convert("v1", history, returning, live).unwrap();
    let mut replay = Replay::default();
    let all = reference
        .history
        .iter()
        .chain(&reference.returning.own)
        .chain(&reference.live);
    for edit in all {
        replay.apply(&edit.edit).unwrap();
    }
    let documents: Vec<NewDocument> = replay.into_documents().collect();
    assert_eq!(
        documents.iter().map(|d| d.new.as_str()).collect::<Vec<_>>(),
        ["household", "journal", "need"]
    );
    let file = &documents[0].value;
    assert_eq!(file["note"], "6222");
    assert_eq!(file["income"]["2026"]["wage_yuan"], 200);
    assert_eq!(file["expense_other_yuan"], 1);
    let member = file["members"].as_object().unwrap().values().next().unwrap();
    assert_eq!(
        (&member["birth_date"], &member["income_yuan"]),
        (&json!("1957-04-09"), &json!(7))
    );
    assert_eq!(
        (
            documents[1].year,
            documents[1].value["visits"].as_object().unwrap().len()
        ),
        (Some(2024), 2)
    );
    assert_eq!(
        (&documents[2].value["state"], &documents[2].value["amount_yuan"]),
        (&json!("in_progress"), &json!(300))
    );
    assert_eq!(
        reference.returning.same_field[0].1,
        ["income", "2026", "wage_yuan"]
    );
}

#[test]
fn an_unknown_field_is_an_error_that_names_the_record_only() {
    let (mut history, returning, live) = recorded();
    history.get_mut("h1").unwrap()[1].ops[0].path = vec!["somebodys secret".into()];
    let error = format!(
        "{:#}",
        Reference::convert("v1", history, returning, live).unwrap_err()
    );
    assert!(error.contains("h1") && !error.contains("secret"), "{error}");
}
