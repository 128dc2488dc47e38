//! Registers good and bad, from bytes to households.

use qiao_demo::generator::{self, NOW_S, Spec, register as sample};
use sync_core::schema::{Kind, check_entry_key, check_put};
use sync_core::value::Scalar;

use super::*;

fn places() -> (Vec<Place>, Vec<Place>) {
    let place = |id: &str, name: &str| Place {
        id: id.to_owned(),
        name: name.to_owned(),
    };
    (
        vec![
            place("v1", "上坪村"),
            place("v2", "石桥村"),
            place("v3", "柳林村"),
            place("v4", "柳林村"),
        ],
        vec![place("u1", "县农业农村局")],
    )
}

fn read_with(bytes: &[u8], default_village: Option<&str>) -> Result<Register, RegisterError> {
    let (villages, units) = places();
    read(
        bytes,
        &Options {
            villages: &villages,
            units: &units,
            default_village,
            income_year: 2025,
        },
    )
}

fn csv(text: &str) -> Register {
    read_with(text.as_bytes(), None).unwrap()
}

fn codes(register: &Register) -> Vec<(u32, &'static str)> {
    register
        .report
        .problems
        .iter()
        .map(|problem| (problem.row, problem.code.code()))
        .collect()
}

/// Every scalar of a household is one the gate would take.
fn assert_fits_schema(household: &RegisterHousehold) {
    fn walk(path: &mut Vec<String>, value: &Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    path.push(key.clone());
                    walk(path, value);
                    path.pop();
                }
            }
            scalar => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let scalar = Scalar::from_json(scalar).expect("a scalar");
                assert_eq!(check_put(Kind::Household, &path, &scalar), Ok(()), "{path:?}");
                if path.len() == 3 {
                    assert_eq!(
                        check_entry_key(Kind::Household, path[0], path[1]),
                        Ok(()),
                        "{path:?}"
                    );
                }
            }
        }
    }
    walk(&mut Vec::new(), &household.value);
}

fn generated() -> generator::Village {
    let spec = Spec {
        seed: 5,
        villages: 1,
        households_per_village: 40,
        units: 1,
        now_s: NOW_S,
    };
    generator::village(&spec, 0)
}

#[test]
fn a_generated_workbook_comes_back_whole() {
    let village = generated();
    let bytes = sample::xlsx(std::slice::from_ref(&village)).unwrap();
    let places = [Place {
        id: village.id.clone(),
        name: village.name.clone(),
    }];
    let options = Options {
        villages: &places,
        units: &[],
        default_village: None,
        income_year: 2025,
    };
    let register = read(&bytes, &options).unwrap();
    assert_eq!(codes(&register), []);
    assert_eq!(register.households.len(), 40);
    for (read, made) in register.households.iter().zip(&village.households) {
        assert_fits_schema(read);
        assert_eq!(document_id(&read.village, &read.number), made.id.as_str());
        for name in [
            "householder",
            "phone",
            "address",
            "group",
            "income",
            "power",
            "house_grade",
            "cadre_name",
        ] {
            assert_eq!(read.value.get(name), made.file.value.get(name), "{name}");
        }
        let people = |value: &Value| {
            let mut people: Vec<(String, String, String)> = value["members"]
                .as_object()
                .unwrap()
                .values()
                .map(|m| {
                    (
                        m["id_number"].to_string(),
                        m["birth_date"].to_string(),
                        m["health"].to_string(),
                    )
                })
                .collect();
            people.sort();
            people
        };
        assert_eq!(
            people(&read.value),
            people(&Value::Object(made.file.value.clone()))
        );
    }
}

#[test]
fn csv_in_either_encoding_says_the_same_as_the_workbook() {
    let village = generated();
    let rows = sample::rows(&village);
    let text = sample::csv(sample::HEADERS, &rows);
    let places = [Place {
        id: village.id.clone(),
        name: village.name.clone(),
    }];
    let options = Options {
        villages: &places,
        units: &[],
        default_village: None,
        income_year: 2025,
    };
    let workbook = read(&sample::workbook(sample::HEADERS, &rows).unwrap(), &options).unwrap();
    let utf8 = read(text.as_bytes(), &options).unwrap();
    let marked = read(format!("\u{feff}{text}").as_bytes(), &options).unwrap();
    let gb18030 = read(&encoding_rs::GB18030.encode(&text).0, &options).unwrap();
    for register in [utf8, marked, gb18030] {
        assert_eq!(register.households, workbook.households);
        assert_eq!(register.report, workbook.report);
    }
}

#[test]
fn the_same_sheet_in_another_order_makes_the_same_documents() {
    let village = generated();
    let mut rows = sample::rows(&village);
    let places = [Place {
        id: village.id.clone(),
        name: village.name.clone(),
    }];
    let options = Options {
        villages: &places,
        units: &[],
        default_village: None,
        income_year: 2025,
    };
    let first = read(&sample::workbook(sample::HEADERS, &rows).unwrap(), &options).unwrap();
    // Columns turned round, and the members of every household behind its first row turned round too.
    let headers: Vec<&str> = sample::HEADERS.iter().rev().copied().collect();
    rows.iter_mut().for_each(|row| row.reverse());
    rows[1..].sort_by_key(|row| std::cmp::Reverse(row[headers.len() - 1].clone()));
    let again = read(&sample::workbook(&headers, &rows).unwrap(), &options).unwrap();
    assert_eq!(
        first.households.iter().map(|h| &h.value).collect::<Vec<_>>(),
        again.households.iter().map(|h| &h.value).collect::<Vec<_>>()
    );
}

#[test]
fn a_title_and_merged_cells_are_understood() {
    let register = csv(
        "上坪村户档登记表,,,,\n填表日期：2026年,,,,\n行政村,户编号,户主姓名,姓名,与户主关系\n上坪村,0001,王伟,王伟,户主\n,,,李芳,配偶\n,0002,张军,张军,本人\n合计,,,,\n",
    );
    assert_eq!(codes(&register), [(7, "no_household_number")]);
    assert_eq!(
        (
            register.report.households,
            register.report.members,
            register.report.rows
        ),
        (2, 3, 4)
    );
    assert_eq!(register.households[0].rows, [4, 5]);
    assert_eq!(
        register.households[0].value["members"].as_object().unwrap().len(),
        2
    );
    assert_eq!(register.households[1].value["householder"], "张军");
}

#[test]
fn bad_rows_are_all_reported_and_stop_nothing() {
    let text = "行政村,户编号,户主姓名,姓名,证件号码,与户主关系,出生日期,性别,是否通电\n\
        上坪村,1,王伟,王伟,11010519491231002X,户主,1949-12-31,女,是\n\
        上坪村,1,王伟,李芳,110105194912310021,配偶,昨天,女,是\n\
        无名村,2,张军,张军,,户主,1970-01-01,男,是\n\
        无名村,2,,张小军,,子,2000-01-01,男,是\n\
        柳林村,3,赵强,赵强,,户主,1970-01-01,男,是\n\
        石桥村,4,,孙丽,,女,2001-02-03,女,是\n\
        石桥村,5,周平,周平,123,户主,1980-01-01,男,也许\n\
        石桥村,6,吴刚,吴刚,11010519491231002X,户主,1949-12-30,男,是\n\
        石桥村,6,郑刚,,,子,1990-01-01,男,是\n\
        石桥村,6,吴刚,吴刚,11010519491231002X,户主,1949-12-31,男,是\n";
    let register = csv(text);
    assert_eq!(
        codes(&register),
        [
            (3, "bad_date"),
            (3, "id_checksum"),
            (4, "unknown_village"),
            (6, "unknown_village"),
            (7, "no_householder"),
            (8, "bad_id_number"),
            (8, "bad_yes_no"),
            (9, "id_birth_mismatch"),
            (9, "id_sex_mismatch"),
            (9, "duplicate_id_number"),
            (10, "conflicting_value"),
            (10, "no_member_name"),
            (11, "same_person_twice"),
        ]
    );
    let numbers: Vec<&str> = register
        .households
        .iter()
        .map(|household| household.number.as_str())
        .collect();
    assert_eq!(numbers, ["1", "5", "6"]);
    let duplicate = register
        .report
        .problems
        .iter()
        .find(|p| p.code == ProblemCode::DuplicateIdNumber)
        .unwrap();
    assert_eq!(duplicate.other_row, Some(2));
    register.households.iter().for_each(assert_fits_schema);
}

#[test]
fn a_report_names_places_and_causes_but_no_contents() {
    let register = csv(
        "行政村,户编号,姓名,证件号码,与户主关系,银行账号,口令\n上坪村,1,王伟国,5301,户主,6222000011112222,x\n",
    );
    let (zh, en) = (register.report.to_text_zh(), register.report.to_text_en());
    let json = serde_json::to_string(&register.report).unwrap();
    for text in [&zh, &en, &json, &format!("{register:?}")] {
        assert!(
            !text.contains("王伟国") && !text.contains("5301") && !text.contains("6222"),
            "{text}"
        );
    }
    assert!(
        zh.contains("第 2 行「证件号码」") && en.contains("row 2 [证件号码]"),
        "{zh}{en}"
    );
    assert_eq!(
        codes(&register),
        [
            (1, "office_only_column"),
            (1, "unknown_column"),
            (2, "bad_id_number")
        ]
    );
    assert!(!register.households[0].value.to_string().contains("6222"));
}

#[test]
fn income_goes_to_the_year_of_its_column_row_or_import() {
    let text = "户编号,户主姓名,收入年度,工资性收入,2023年转移净收入\n1,王伟,2024,100,7\n2,李强,,200,\n3,赵军,去年,300,\n";
    let register = read_with(text.as_bytes(), Some("v1")).unwrap();
    let income = |index: usize| &register.households[index].value["income"];
    assert_eq!(income(0)["2024"]["wage_yuan"], 100);
    assert_eq!(income(0)["2023"]["transfer_yuan"], 7);
    assert_eq!(
        (&income(1)["2025"]["wage_yuan"], &income(2)["2025"]["wage_yuan"]),
        (&200.into(), &300.into())
    );
    assert_eq!(codes(&register), [(4, "bad_year")]);
}

#[test]
fn a_remark_or_phone_on_a_members_row_is_the_members() {
    let text = "行政村,户编号,户主姓名,联系电话,姓名,与户主关系,帮扶措施,帮扶单位\n\
        v1,1,王伟,12400000000,王伟,户主,发展养蜂,县农业农村局\n\
        v1,1,王伟,12400000001,王小,子,发展养蜂,某公司\n";
    let register = csv(text);
    let file = &register.households[0].value;
    assert_eq!(file["phone"], "12400000000");
    let phones: Vec<&Value> = file["members"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|member| member.get("phone"))
        .collect();
    assert_eq!(phones, ["12400000001"]);
    assert_eq!(
        (file["assistance"].as_object().unwrap().len(), &file["cadre_unit"]),
        (1, &"u1".into())
    );
    assert_eq!(codes(&register), [(3, "unknown_unit")]);
}

#[test]
fn rows_are_counted_as_the_spreadsheet_shows_them() {
    let text =
        "户编号,户主姓名,家庭住址,行政村\r\n\r\n1,王伟,\"第一行\r\n第二行\",v1\r\n\r\n\r\n2,李强,,外村\r\n";
    let register = csv(text);
    assert_eq!(
        (codes(&register), &register.households[0].rows),
        (vec![(6, "unknown_village")], &vec![3])
    );
    assert_eq!(register.households[0].value["address"], "第一行 第二行");
}

#[test]
fn what_is_no_register_is_refused_as_a_whole() {
    let fails = |bytes: &[u8]| read_with(bytes, None).unwrap_err();
    assert_eq!(fails(b""), RegisterError::NoHeader);
    assert_eq!(fails("姓名,电话\n王伟,1\n".as_bytes()), RegisterError::NoHeader);
    assert_eq!(fails(b"PK\x03\x04 not really"), RegisterError::NotASheet);
    assert_eq!(
        fails(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
        RegisterError::OldWorkbook
    );
    assert_eq!(fails(b"\x00\x01\x02\x03"), RegisterError::NotASheet);
    assert_eq!(
        fails(&vec![b' '; FILE_SIZE_BYTES_MAX + 1]),
        RegisterError::TooLarge
    );
    let no_header = sample::workbook(&["甲", "乙"], &[]).unwrap();
    assert_eq!(fails(&no_header), RegisterError::NoHeader);
    let cut = &sample::xlsx(&[generated()]).unwrap()[..2_000];
    assert_eq!(fails(cut), RegisterError::NotASheet);
}

#[test]
fn a_row_without_any_village_is_told_so() {
    let text = "户编号,户主姓名\n1,王伟\n";
    assert_eq!(codes(&csv(text)), [(2, "no_village")]);
    assert_eq!(
        read_with(text.as_bytes(), Some("v2")).unwrap().households[0].village,
        "v2"
    );
}

#[test]
fn problems_are_bounded_and_counted() {
    let mut text = String::from("行政村,户编号,户主姓名,联系电话\n");
    for number in 0..PROBLEMS_MAX + 5 {
        text.push_str(&format!("上坪村,{number},王伟,无\n"));
    }
    let report = csv(&text).report;
    assert_eq!(
        (report.problems.len(), report.problems_not_listed),
        (PROBLEMS_MAX, 5)
    );
    assert_eq!(report.households, PROBLEMS_MAX + 5);
}

#[test]
fn documents_are_named_by_village_and_number_alone() {
    assert_eq!(document_id("530190101201", "0001"), "530190101201-0001");
    let strange = document_id("v1", "上坪 1/2");
    assert_eq!(strange, document_id("v1", "上坪 1/2"));
    assert_ne!(strange, document_id("v2", "上坪 1/2"));
    assert_ne!(document_id("a-b", "c"), document_id("a", "b-c"));
    for id in [
        strange,
        document_id(&"v".repeat(64), "1"),
        document_id("v1", ""),
        document_id("v1", &"9".repeat(60)),
    ] {
        assert!(sync_core::id::DocId::parse(&id).is_ok() && id.len() <= 44, "{id}");
    }
}

#[test]
fn every_problem_has_its_code_and_texts() {
    let mut seen = std::collections::BTreeSet::new();
    for code in ProblemCode::ALL {
        assert!(seen.insert(code.code()) && !code.zh().is_empty() && !code.en().is_empty());
        assert_eq!(serde_json::to_value(code).unwrap(), code.code());
    }
}
