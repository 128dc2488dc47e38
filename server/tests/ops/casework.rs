//! Casework at desks: lists and numbers follow the events as they come in, and the statement says all of them.

use qiao_server::error::Code;
use qiao_server::offices::case::{self, CaseDepth};
use qiao_server::offices::cases::{self, CaseRow, CaseSearch};
use qiao_server::offices::{Viewer, overview};
use qiao_server::ops::rebuild::rebuild;
use serde_json::{Value, json};
use sync_core::edit::EditOp;
use sync_core::id::DocId;
use sync_core::schema::Kind;
use sync_core::wire::frame::{CAPABILITY_LATER_KINDS, Creation, Verdict};

use crate::phones::Phone;
use crate::support::World;

const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// A village, its township and its county at work. The story begins on Saturday, 2026-11-21.
pub(crate) struct Casework {
    pub(crate) world: World,
    pub(crate) li: Phone,
    pub(crate) wang: Phone,
    pub(crate) town: Phone,
    pub(crate) clerk: Phone,
    pub(crate) county: Phone,
}

impl Casework {
    pub(crate) async fn open() -> Casework {
        let world = World::new().await;
        let (li, _) = world.village().await;
        let mut phones = vec![li];
        for (no, role) in [(4, "committee"), (5, "township"), (6, "township"), (7, "county")] {
            phones.push(world.device(no, role, Some("v1"), None).await);
        }
        world
            .sql(
                "INSERT INTO places (id, parent, level, name) VALUES ('t2', 'd1', 'township', '邻镇'), ('v9', 't2', 'village', '别村');
                 UPDATE people SET places = '[\"v1\"]' WHERE id IN ('p2', 'p4');
                 UPDATE devices SET villages = '[]', township = 't1' WHERE no IN (5, 6);
                 UPDATE devices SET villages = '[]', county = 'd1' WHERE no = 7;
                 INSERT INTO people (id, name, role, places, unit, created_ms, updated_ms) VALUES
                    ('town', '镇上', 'township', '[\"t1\"]', NULL, 0, 0), ('town2', '邻镇', 'township', '[\"t2\"]', NULL, 0, 0),
                    ('dept', '县里', 'county', '[\"d1\"]', NULL, 0, 0), ('office', '水务', 'unit', '[]', 'u1', 0, 0),
                    ('team', '队员', 'team', '[\"v1\"]', NULL, 0, 0);",
            )
            .await;
        for phone in &mut phones {
            phone.capabilities = CAPABILITY_LATER_KINDS;
            world.exchange(phone).await;
        }
        let mut phones = phones.into_iter();
        let mut next = || phones.next().unwrap();
        Casework {
            world,
            li: next(),
            wang: next(),
            town: next(),
            clerk: next(),
            county: next(),
        }
    }

    fn phone(&mut self, who: &str) -> (&World, &mut Phone, &'static str) {
        let Casework {
            world,
            li,
            wang,
            town,
            clerk,
            county,
        } = self;
        match who {
            "li" => (world, li, "team"),
            "wang" => (world, wang, "committee"),
            "town" => (world, town, "township"),
            "clerk" => (world, clerk, "township"),
            _ => (world, county, "county"),
        }
    }

    /// Somebody online makes a document of a household.
    pub(crate) async fn begin(
        &mut self,
        who: &str,
        household: &str,
        kind: Kind,
        number: u64,
        value: Value,
    ) -> DocId {
        let (world, phone, _) = self.phone(who);
        let household = DocId::parse(household).unwrap();
        let letter = match kind {
            Kind::Application => 'a',
            Kind::Case => 'm',
            _ => 'p',
        };
        let id = DocId::of_household(&household, letter, &phone.id.tag(), number).unwrap();
        let creation = Creation {
            id: id.clone(),
            kind,
            village: None,
            household: Some(household),
            year: None,
        };
        phone.create(creation, value);
        world.exchange(phone).await;
        phone.drafts.clear();
        id
    }

    /// Somebody online writes an event.
    pub(crate) async fn say(&mut self, who: &str, id: &DocId, sort: &str, mut value: Value) {
        let (world, phone, role) = self.phone(who);
        world.exchange(phone).await;
        value["event"] = sort.into();
        value["role"] = role.into();
        let op = EditOp::Add {
            path: vec!["events".to_owned()],
            key: None,
            value: value.as_object().unwrap().clone(),
        };
        phone.edit(id, vec![op]);
        world.exchange(phone).await;
        phone.drafts.clear();
        for verdict in phone.said() {
            assert!(matches!(verdict, Verdict::Accepted { .. }), "{sort}: {verdict:?}");
        }
    }

    pub(crate) fn days(&self, days: i64) {
        self.world.app.clock.advance_ms(days * DAY_MS);
    }

    pub(crate) async fn viewer(&self, person: &str) -> Viewer {
        Viewer::of(&self.world.app, person).await.unwrap()
    }

    pub(crate) async fn find(&self, person: &str, search: Value) -> Vec<String> {
        let viewer = self.viewer(person).await;
        let search: CaseSearch = serde_json::from_value(search).unwrap();
        let found = cases::list(&self.world.app, &viewer, &search).await.unwrap();
        found.items.into_iter().map(|row| row.id).collect()
    }

    pub(crate) async fn row(&self, id: &DocId) -> CaseRow {
        let viewer = self.viewer("town").await;
        let depth = CaseDepth::default();
        let file = case::get(&self.world.app, &viewer, id.as_str(), depth)
            .await
            .unwrap();
        file.row
    }

    /// An application for minimum living security, accepted today.
    pub(crate) async fn accepted(&mut self, household: &str) -> DocId {
        let draft = json!({"procedure": "minimum_living", "applicant": "曾小丰"});
        let id = self.begin("wang", household, Kind::Application, 1, draft).await;
        let submitted = json!({"applicant": "曾小丰", "authorised": true, "mandate": "委托书"});
        self.say("wang", &id, "submit", submitted).await;
        self.say("town", &id, "accept", json!({})).await;
        id
    }

    /// Surveyed by two on the day of the acceptance, and put on notice.
    pub(crate) async fn on_notice(&mut self, household: &str) -> DocId {
        let id = self.accepted(household).await;
        self.say("town", &id, "check_request", json!({})).await;
        self.say("county", &id, "check_result", json!({"conclusion": "passed"}))
            .await;
        let investigators = json!({"investigator_1": "p5", "investigator_2": "p6"});
        self.say("town", &id, "survey_start", investigators).await;
        for who in ["town", "clerk"] {
            let form = json!({"text": "属实", "family_signed": true, "files": "aa11 bb22"});
            self.say(who, &id, "survey_form", form).await;
        }
        self.say("town", &id, "opinion", json!({"text": "拟同意"})).await;
        self.say("town", &id, "notice_start", json!({"until": "2026-12-31"}))
            .await;
        self.say("wang", &id, "notice_posted", json!({})).await;
        id
    }
}

#[tokio::test]
async fn a_list_follows_a_case_from_step_to_step() {
    let mut work = Casework::open().await;
    let id = work.accepted("h1").await;
    let row = work.row(&id).await;
    assert_eq!(
        (row.state.as_str(), row.holder.as_deref()),
        ("accepted", Some("township"))
    );
    assert_eq!(row.accepted_on.as_deref(), Some("2026-11-21"));
    assert_eq!(
        (row.procedure_zh.as_deref(), row.state_zh.as_str()),
        (Some("最低生活保障"), "已受理")
    );
    assert_eq!(row.village_name.as_deref(), Some("前村"));
    // DB21-15: the survey starts within three working days; the weekend does not count.
    let due = row.due.unwrap();
    assert_eq!(
        (due.clock.as_str(), due.due.to_string().as_str()),
        ("survey_start", "2026-11-25")
    );
    assert_eq!(
        (due.left, due.status, due.working_days),
        (Some(3), "running", true)
    );
    let other = work
        .begin("town", "h2", Kind::Application, 9, json!({"title": "草稿"}))
        .await;
    let all = [id.as_str().to_owned(), other.as_str().to_owned()];
    assert_eq!(work.find("town", json!({})).await, all, "what is due comes first");
    let only: &[(Value, bool)] = &[
        (json!({"clock": "due"}), true),
        (json!({"clock": "overdue"}), false),
        (json!({"clock": "overdue", "on": "2026-11-26"}), true),
        (json!({"clock": "running", "named": ["whole"]}), true),
        (
            json!({"clock": "overdue", "named": ["whole"], "on": "2026-11-26"}),
            false,
        ),
        (json!({"clock": "warning", "on": "2026-11-24"}), true),
        (json!({"clock": "paused"}), false),
        (json!({"state": ["accepted"], "holder": ["township"]}), true),
        (json!({"procedure": ["extreme_hardship"]}), false),
        (json!({"kind": "case"}), false),
        (json!({"household": "h1", "village": "v1", "place": "t1"}), true),
        (json!({"undecided": true}), true),
        (json!({"closed": true}), false),
        (json!({"q": "zengxf"}), false),
        (json!({"q": "zxf"}), true),
        (json!({"q": "沈清1"}), true),
        (json!({"q": "曾小丰 0001"}), true),
    ];
    for (search, found) in only {
        let expected = if *found { vec![all[0].clone()] } else { Vec::new() };
        assert_eq!(work.find("town", search.clone()).await, expected, "{search}");
    }
    work.days(5);
    assert_eq!(work.row(&id).await.due.unwrap().status, "overdue");
    assert_eq!(
        work.find("dept", json!({"clock": "overdue"})).await,
        [id.as_str()]
    );
    work.world.close().await;
}

#[tokio::test]
async fn a_page_goes_on_where_the_last_one_ended() {
    let mut work = Casework::open().await;
    let mut all = Vec::new();
    for household in ["h1", "h2", "h3"] {
        all.push(work.accepted(household).await.as_str().to_owned());
        work.days(1);
    }
    let viewer = work.viewer("town").await;
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let search = CaseSearch {
            cursor,
            limit: Some(1),
            count: true,
            ..CaseSearch::default()
        };
        let page = cases::list(&work.world.app, &viewer, &search).await.unwrap();
        assert_eq!(page.total, Some(3));
        seen.extend(page.items.into_iter().map(|row| row.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, all);
    work.world.close().await;
}

#[tokio::test]
async fn nobody_sees_cases_beyond_their_places() {
    let mut work = Casework::open().await;
    let id = work.accepted("h1").await;
    let app = &work.world.app;
    assert_eq!(work.find("team", json!({})).await, [id.as_str()]);
    assert_eq!(work.find("town2", json!({})).await, [""; 0]);
    assert_eq!(work.find("town2", json!({"q": "曾"})).await, [""; 0]);
    let (town2, office) = (work.viewer("town2").await, work.viewer("office").await);
    let elsewhere = CaseSearch {
        village: Some("v1".into()),
        ..CaseSearch::default()
    };
    let code = |error: qiao_server::error::Error| error.code();
    assert_eq!(
        cases::list(app, &town2, &elsewhere)
            .await
            .map(|_| ())
            .map_err(code),
        Err(Code::OutsideArea)
    );
    let all = CaseSearch::default();
    assert_eq!(
        cases::list(app, &office, &all).await.map(|_| ()).map_err(code),
        Err(Code::NotAllowed)
    );
    let depth = CaseDepth::default();
    let read = case::get(app, &town2, id.as_str(), depth).await;
    assert_eq!(read.map(|_| ()).map_err(code), Err(Code::NotFound));
    let town = work.viewer("town").await;
    let read = case::get(app, &town, "h1", depth).await;
    assert_eq!(
        read.map(|_| ()).map_err(code),
        Err(Code::NotFound),
        "a household is no case"
    );
    work.world.close().await;
}

#[tokio::test]
async fn the_statement_says_every_step_and_what_belongs_to_it() {
    let mut work = Casework::open().await;
    let id = work.on_notice("h1").await;
    let plan = json!({"title": "一户一策", "measures": {"m1": {"measure": "产业帮扶"}, "m2": {"measure": "就业帮扶", "corrects": "m1"}}});
    let plan = work.begin("li", "h1", Kind::Plan, 3, plan).await;
    let viewer = work.viewer("town").await;
    let depth = CaseDepth {
        verify: true,
        sensitive: false,
    };
    let file = case::get(&work.world.app, &viewer, id.as_str(), depth)
        .await
        .unwrap();
    let standing = file.standing.unwrap();
    assert_eq!((standing.state.as_str(), standing.provisional), ("notice", false));
    assert_eq!(standing.steps.len(), 10);
    for step in &standing.steps {
        assert!(step.received_s.is_some() && step.name.is_some(), "{}", step.event);
    }
    let forms = standing.steps.iter().filter(|step| step.event == "survey_form");
    for form in forms {
        assert_eq!(file.events[&form.key]["text"], "属实");
        assert_eq!(file.files[&form.key], ["aa11", "bb22"]);
    }
    assert_eq!(file.people["p5"], "某5");
    assert_eq!(file.fields["applicant"], "曾小丰");
    assert!(file.fields.get("events").is_none());
    assert_eq!(file.plans.len(), 1);
    assert_eq!(
        (file.plans[0].id.as_str(), file.plans[0].entries["measures"].len()),
        (plan.as_str(), 2)
    );
    assert_eq!(
        (file.row.measures, file.row.notice_until.as_deref()),
        (1, Some("2026-11-28"))
    );
    let verified = file.verified.unwrap();
    assert_eq!(
        (verified.ok, verified.problems, verified.changes),
        (true, vec![], file.version)
    );
    work.world.close().await;
}

#[tokio::test]
async fn numbers_of_cases_are_the_lengths_of_their_lists() {
    let mut work = Casework::open().await;
    let noticed = work.on_notice("h1").await;
    let late = work.accepted("h2").await;
    // L18: aid first, within two days; the paperwork afterwards, within five working days.
    let emergency = json!({"procedure": "temporary_emergency"});
    let aid = work.begin("town", "h3", Kind::Application, 4, emergency).await;
    let procedure = json!({"procedure": "temporary_emergency", "text": "火灾"});
    work.say("town", &aid, "emergency_reported", procedure).await;
    work.say("town", &aid, "aid_given", json!({"amount_yuan": 2000}))
        .await;
    // A lead that nobody follows.
    let lead = work
        .begin("li", "h4", Kind::Case, 5, json!({"title": "线索"}))
        .await;
    work.say("li", &lead, "lead", json!({"source": "干部排查"})).await;

    // The notice is up; an objection comes, is surveyed again, and the case is refused, with reasons.
    work.say("li", &noticed, "objection", json!({"text": "有车"}))
        .await;
    let objected = work.row(&noticed).await;
    assert_eq!((objected.objections, objected.notice_until), (1, None));
    work.days(17);
    let app = &work.world.app;
    for person in ["town", "dept", "team"] {
        let viewer = work.viewer(person).await;
        let overview = overview::get(app, &viewer, &overview::Wanted::default())
            .await
            .unwrap();
        let mut cases_seen = 0;
        for number in overview.numbers.iter().filter(|number| number.list.to == "cases") {
            cases_seen += 1;
            let search: CaseSearch = serde_json::from_value(number.list.filter.clone()).unwrap();
            let search = CaseSearch {
                count: true,
                ..search
            };
            let listed = cases::list(app, &viewer, &search).await.unwrap();
            assert_eq!(Some(number.value), listed.total, "{person} {}", number.key);
        }
        assert!(cases_seen >= 8);
    }
    let is = |search: Value| work.find("town", search);
    assert_eq!(is(json!({"clock": "overdue"})).await.len(), 3);
    assert_eq!(is(json!({"notice": "objected"})).await, [noticed.as_str()]);
    assert_eq!(is(json!({"paperwork": true})).await, [aid.as_str()]);
    assert_eq!(
        is(json!({"clock": "overdue", "named": ["identification"]})).await,
        [lead.as_str()]
    );
    assert_eq!(
        is(json!({"clock": "overdue", "named": ["survey_start"]})).await,
        [late.as_str()]
    );
    work.world.close().await;
}

#[tokio::test]
async fn the_log_alone_makes_the_same_rows_and_puts_wrong_ones_right() {
    let mut work = Casework::open().await;
    let id = work.on_notice("h1").await;
    work.accepted("h2").await;
    work.begin(
        "li",
        "h1",
        Kind::Plan,
        3,
        json!({"measures": {"m1": {"measure": "产业帮扶"}}}),
    )
    .await;
    work.world.move_household("h2", "v2").await;
    assert_eq!(rebuild(&work.world.app, true).await.unwrap().differences, []);
    assert_eq!(
        work.find("town", json!({"village": "v2"})).await.len(),
        1,
        "a case goes with its household"
    );
    work.world
        .sql(&format!(
            "UPDATE cases SET due = '2030-01-01', state = 'active' WHERE id = '{}';
             UPDATE plans SET measures = 9;
             UPDATE documents SET village = 'v2' WHERE household = 'h1' AND kind = 6;",
            id.as_str()
        ))
        .await;
    let found = rebuild(&work.world.app, false).await.unwrap();
    let rows: Vec<_> = found
        .differences
        .iter()
        .map(|one| (one.table, one.rows))
        .collect();
    assert_eq!(rows, [("cases", 1), ("plans", 1), ("documents", 1)]);
    assert_eq!(rebuild(&work.world.app, true).await.unwrap().differences, []);
    assert_eq!(work.row(&id).await.state, "notice");
    work.world.close().await;
}
