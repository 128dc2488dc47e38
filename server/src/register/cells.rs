//! Cells to values of a field: the many ways people write dates, sums and yes, and what is wrong with the rest.

use serde_json::Value;
use sync_core::reason::Reason;
use sync_core::schema::{Field, FieldType};
use sync_core::value::Scalar;

use super::ProblemCode;
use super::sheet::Cell;

/// A value, with what should be looked at; or why there is none.
pub(super) type Taken = Result<(Value, Option<ProblemCode>), ProblemCode>;

/// The value of a cell for a field. The cell is not empty.
pub(super) fn value(field: &Field, cell: &Cell) -> Taken {
    let (value, note) = match field.ty {
        FieldType::Int { .. } if field.name.starts_with("gps_") => (degrees(cell)?.into(), None),
        FieldType::Int { .. } => whole(cell)?,
        FieldType::Bool => (yes_no(cell)?.into(), None),
        FieldType::Date => (date(cell).ok_or(ProblemCode::BadDate)?.into(), None),
        FieldType::IdNumber => (id_number(cell)?.into(), None),
        FieldType::Phone => (
            ascii(&text(cell))
                .replace(['(', ')'], "-")
                .trim_matches('-')
                .into(),
            None,
        ),
        FieldType::Choice { .. } => (term(field.name, &text(cell)).into(), None),
        _ if matches!(field.name, "name" | "householder" | "cadre_name") => (name(&text(cell)).into(), None),
        _ => (text(cell).into(), None),
    };
    let scalar = Scalar::from_json(&value).ok_or(ProblemCode::BadNumber)?;
    match (field.ty.check(&scalar), &field.ty) {
        (Ok(()), _) => Ok((value, note)),
        (Err(Reason::ValueTooLong), _) => Err(ProblemCode::TooLong),
        (Err(_), FieldType::IdNumber) => Err(ProblemCode::BadIdNumber),
        (Err(_), FieldType::Phone) => Err(ProblemCode::BadPhone),
        (Err(_), FieldType::Date) => Err(ProblemCode::BadDate),
        (Err(_), FieldType::Choice { .. }) => Err(ProblemCode::BadChoice),
        (Err(_), _) => Err(ProblemCode::OutOfRange),
    }
}

/// What stands in a cell, as text.
pub(super) fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Date(text) => text.clone(),
        Cell::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Cell::Number(number) => number.to_string(),
        Cell::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
    }
}

/// Full-width digits, letters and marks as plain ones, without blanks.
pub(super) fn ascii(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match u32::from(c) {
            // The block repeats ASCII at a fixed distance.
            code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .collect()
}

/// A year in a cell.
pub(super) fn year(cell: &Cell) -> Option<u16> {
    let text = ascii(&text(cell));
    let digits = text.trim_end_matches("年度").trim_end_matches('年');
    digits.parse().ok().filter(|year| (1980..=2099).contains(year))
}

/// Sheets pad short names with blanks.
fn name(text: &str) -> String {
    let foreign = text.chars().any(|c| c.is_ascii_alphabetic());
    if foreign {
        text.to_owned()
    } else {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }
}

fn id_number(cell: &Cell) -> Result<String, ProblemCode> {
    match cell {
        // A figure keeps 15 digits only.
        Cell::Number(number) if number.abs() >= 1e15 => Err(ProblemCode::NumberRounded),
        // The same, once saved as text.
        Cell::Text(text) if text.contains(['E', 'e']) && text.contains('+') => {
            Err(ProblemCode::NumberRounded)
        }
        cell => Ok(ascii(&text(cell)).to_ascii_uppercase()),
    }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => Some(*number),
        cell => {
            let text = ascii(&text(cell)).replace([',', '¥', '￥'], "");
            let text = text.trim_start_matches('第');
            let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit() && !c.is_ascii_punctuation());
            digits.parse().ok()
        }
    }
    .filter(|number| number.is_finite())
}

fn whole(cell: &Cell) -> Result<(Value, Option<ProblemCode>), ProblemCode> {
    let number = number(cell).ok_or(ProblemCode::BadNumber)?;
    if number.abs() >= 1e15 {
        return Err(ProblemCode::OutOfRange);
    }
    let note = (number.fract() != 0.0).then_some(ProblemCode::Rounded);
    Ok(((number.round() as i64).into(), note))
}

fn degrees(cell: &Cell) -> Result<i64, ProblemCode> {
    let number = number(cell).ok_or(ProblemCode::BadNumber)?;
    if number.abs() > 180.0 {
        Err(ProblemCode::OutOfRange)
    } else {
        Ok((number * 1e6).round() as i64)
    }
}

fn yes_no(cell: &Cell) -> Result<bool, ProblemCode> {
    match ascii(&text(cell)).to_ascii_lowercase().as_str() {
        "是" | "有" | "√" | "✓" | "对" | "y" | "yes" | "true" | "1" | "已" | "已参加" | "参加" | "已参保"
        | "参保" | "安全" | "有保障" | "已保障" | "保障" | "达标" | "通" | "已通" => {
            Ok(true)
        }
        "否" | "无" | "没有" | "×" | "✗" | "x" | "n" | "no" | "false" | "0" | "未" | "未参加" | "未参保"
        | "不安全" | "无保障" | "未保障" | "不达标" | "未达标" | "不通" | "未通" => {
            Ok(false)
        }
        _ => Err(ProblemCode::BadYesNo),
    }
}

/// `2020-05-01` from the usual ways of writing it; the field's own check decides whether there is such a day.
fn date(cell: &Cell) -> Option<String> {
    if let Cell::Date(day) = cell {
        return Some(day.clone());
    }
    let text = ascii(&text(cell));
    // A time of day after the date says nothing here.
    let text = text.split(['T', ' ']).next().unwrap_or("");
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]));
    }
    let parts: Vec<&str> = text
        .split(['-', '/', '.', '年', '月', '日', '号'])
        .filter(|part| !part.is_empty())
        .collect();
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    let (year, month, day): (u32, u32, u32) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// The stored term for what is written in sheets.
fn term(field: &str, text: &str) -> String {
    let plain = ascii(text);
    let term = match (field, plain.as_str()) {
        ("relation", "本人" | "本人或户主" | "户主本人") => "户主",
        ("relation", "妻" | "妻子" | "夫" | "丈夫" | "老伴") => "配偶",
        ("relation", "之子" | "儿子" | "长子" | "次子" | "三子" | "养子") => "子",
        ("relation", "之女" | "女儿" | "长女" | "次女" | "三女" | "养女") => "女",
        ("relation", "之儿媳" | "媳妇") => "儿媳",
        ("relation", "之女婿") => "女婿",
        (
            "relation",
            "孙子" | "孙女" | "之孙子" | "之孙女" | "外孙" | "外孙子" | "外孙女" | "之外孙子" | "之外孙女",
        ) => "孙",
        ("relation", "父亲" | "之父" | "之父亲" | "公公" | "岳父") => "父",
        ("relation", "母亲" | "之母" | "之母亲" | "婆婆" | "岳母") => "母",
        ("sex", "1" | "男性") => "男",
        ("sex", "2" | "女性") => "女",
        ("house_grade", "A" | "a") => "A级",
        ("house_grade", "B" | "b") => "B级",
        ("house_grade", "C" | "c") => "C级",
        ("house_grade", "D" | "d") => "D级",
        ("disability_level", "1" | "1级") => "一级",
        ("disability_level", "2" | "2级") => "二级",
        ("disability_level", "3" | "3级") => "三级",
        ("disability_level", "4" | "4级") => "四级",
        ("household_type", "一般农户" | "普通农户") => "一般户",
        ("ethnicity", short) if short.chars().count() == 1 => return format!("{short}族"),
        _ => return plain,
    };
    term.to_owned()
}

/// Whether the check character of an 18-character identity number is right (GB 11643).
pub(super) fn checksum_fits(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let Some(body) = number.get(..17) else {
        return false;
    };
    let sum: u32 = body
        .chars()
        .zip(WEIGHTS)
        .map(|(c, weight)| c.to_digit(10).unwrap_or(0) * weight)
        .sum();
    number.chars().nth(17) == "10X98765432".chars().nth((sum % 11) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync_core::schema::{Kind, field};

    fn taken(path: &[&str], text: &str) -> Taken {
        value(
            field(Kind::Household, path).unwrap(),
            &Cell::Text(text.to_owned()),
        )
    }

    fn plain(path: &[&str], text: &str) -> Result<Value, ProblemCode> {
        taken(path, text).map(|(value, _)| value)
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        for text in [
            "2020-05-01",
            "2020/5/1",
            "2020.5.1",
            "2020年5月1日",
            "20200501",
            "２０２０-05-01",
            "2020-5-1T00:00",
        ] {
            assert_eq!(
                plain(&["members", "m", "birth_date"], text),
                Ok("2020-05-01".into()),
                "{text}"
            );
        }
        for text in [
            "2020",
            "2020-05",
            "2020-13-01",
            "2020-02-30",
            "五月",
            "1-2-3-4",
            "99999999999-1-1",
        ] {
            assert_eq!(
                plain(&["members", "m", "birth_date"], text),
                Err(ProblemCode::BadDate),
                "{text}"
            );
        }
    }

    #[test]
    fn sums_lose_their_decoration_and_say_when_they_are_rounded() {
        for text in ["12000", "12,000", "12000元", "￥12000", "１２０００"] {
            assert_eq!(
                plain(&["income", "2025", "wage_yuan"], text),
                Ok(12_000.into()),
                "{text}"
            );
        }
        assert_eq!(
            taken(&["land_mu"], "3.5亩"),
            Ok((4.into(), Some(ProblemCode::Rounded)))
        );
        assert_eq!(plain(&["group"], "第3组"), Ok(3.into()));
        assert_eq!(plain(&["group"], "三组"), Err(ProblemCode::BadNumber));
        assert_eq!(plain(&["group"], "1000"), Err(ProblemCode::OutOfRange));
        assert_eq!(
            plain(&["income", "2025", "wage_yuan"], "NaN"),
            Err(ProblemCode::BadNumber)
        );
        assert_eq!(
            plain(&["income", "2025", "wage_yuan"], "1e300"),
            Err(ProblemCode::OutOfRange)
        );
        assert_eq!(plain(&["gps_lat_e6"], "25.0412345"), Ok(25_041_235.into()));
    }

    #[test]
    fn an_identity_number_stored_as_a_figure_is_not_believed() {
        let field = field(Kind::Household, &["members", "m", "id_number"]).unwrap();
        assert_eq!(
            value(field, &Cell::Number(5.3019e17)),
            Err(ProblemCode::NumberRounded)
        );
        assert_eq!(
            plain(&["members", "m", "id_number"], "5.3019E+17"),
            Err(ProblemCode::NumberRounded)
        );
        assert_eq!(
            plain(&["members", "m", "id_number"], "11010519491231002x"),
            Ok("11010519491231002X".into())
        );
        assert_eq!(
            plain(&["members", "m", "id_number"], "1101051949"),
            Err(ProblemCode::BadIdNumber)
        );
        assert!(
            checksum_fits("11010519491231002X") && !checksum_fits("110105194912310021") && !checksum_fits("")
        );
    }

    #[test]
    fn words_become_the_terms_of_the_file() {
        assert_eq!(
            plain(&["members", "m", "relation"], "本人或户主"),
            Ok("户主".into())
        );
        assert_eq!(plain(&["members", "m", "ethnicity"], "汉"), Ok("汉族".into()));
        assert_eq!(plain(&["house_grade"], "Ｃ"), Ok("C级".into()));
        assert_eq!(
            plain(&["household_type"], "地方自定类型"),
            Ok("地方自定类型".into())
        );
        assert_eq!(plain(&["members", "m", "name"], "王　伟"), Ok("王伟".into()));
        assert_eq!(plain(&["phone"], "0871-6000000"), Ok("0871-6000000".into()));
        assert_eq!(plain(&["phone"], "无"), Err(ProblemCode::BadPhone));
        assert_eq!(plain(&["power"], "√"), Ok(true.into()));
        assert_eq!(plain(&["power"], "大概"), Err(ProblemCode::BadYesNo));
    }

    #[test]
    fn years_are_read_with_and_without_the_word() {
        assert_eq!(year(&Cell::Text("2025年".into())), Some(2025));
        assert_eq!(year(&Cell::Number(2025.0)), Some(2025));
        assert_eq!(year(&Cell::Text("25".into())), None);
    }
}
