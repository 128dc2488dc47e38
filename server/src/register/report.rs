//! What is said about a register: places and causes, never contents.

use std::fmt::Write;

use serde::Serialize;

use super::PROBLEMS_MAX;

/// What was read, and what was wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Rows with anything in them, without the header.
    pub rows: usize,
    /// Households that can be taken.
    pub households: usize,
    /// Members of those.
    pub members: usize,
    /// What was wrong, in the order of the rows as far as possible.
    pub problems: Vec<Problem>,
    /// Problems beyond those listed.
    pub problems_not_listed: usize,
}

/// Something wrong at a place in the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Row of the sheet, from 1 as the spreadsheet shows it.
    pub row: u32,
    /// Header of the column; empty when the row as a whole is meant.
    pub column: String,
    /// The cause.
    pub code: ProblemCode,
    /// What became of it.
    pub effect: Effect,
    /// Another row it has to do with.
    pub other_row: Option<u32>,
    /// What is wrong and what to do, Chinese.
    pub zh: &'static str,
    /// What is wrong and what to do, English.
    pub en: &'static str,
}

/// What became of something wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Taken as it stands; somebody should look.
    Noted,
    /// The cell is left out.
    CellLeftOut,
    /// The column is left out.
    ColumnLeftOut,
    /// The row is left out.
    RowLeftOut,
    /// The household is left out.
    HouseholdLeftOut,
    /// The rest of the file is left out.
    RestLeftOut,
}

impl Effect {
    fn zh(self) -> &'static str {
        match self {
            Effect::Noted => "照原样导入",
            Effect::CellLeftOut => "该格不导入",
            Effect::ColumnLeftOut => "该列不导入",
            Effect::RowLeftOut => "该行不导入",
            Effect::HouseholdLeftOut => "该户不导入",
            Effect::RestLeftOut => "其余不导入",
        }
    }

    fn en(self) -> &'static str {
        match self {
            Effect::Noted => "imported as it stands",
            Effect::CellLeftOut => "cell left out",
            Effect::ColumnLeftOut => "column left out",
            Effect::RowLeftOut => "row left out",
            Effect::HouseholdLeftOut => "household left out",
            Effect::RestLeftOut => "rest left out",
        }
    }
}

macro_rules! problems {
    ($($name:ident, $code:literal, $effect:ident, $zh:literal, $en:literal;)+) => {
        /// A cause; the codes are stable.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ProblemCode {
            $(#[doc = $en] $name,)+
        }

        impl ProblemCode {
            /// Every cause.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$name,)+];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(ProblemCode::$name => $code,)+ }
            }

            /// What becomes of it.
            pub fn effect(self) -> Effect {
                match self { $(ProblemCode::$name => Effect::$effect,)+ }
            }

            /// Chinese text.
            pub fn zh(self) -> &'static str {
                match self { $(ProblemCode::$name => $zh,)+ }
            }

            /// English text.
            pub fn en(self) -> &'static str {
                match self { $(ProblemCode::$name => $en,)+ }
            }
        }
    };
}

problems! {
    UnknownColumn, "unknown_column", ColumnLeftOut,
        "不认识的表头", "the header is not known";
    OfficeOnlyColumn, "office_only_column", ColumnLeftOut,
        "银行账户和核对结果只由镇、县办理，不进入户档", "bank accounts and check results are for offices only and have no place in the file";
    DuplicateColumn, "duplicate_column", ColumnLeftOut,
        "表头重复，以前一列为准", "the header stands twice; the first column counts";
    TooManyRows, "too_many_rows", RestLeftOut,
        "行数太多，请拆分文件", "too many rows: split the file";
    UndecodableText, "undecodable_text", Noted,
        "有无法识别的字符，请另存为 UTF-8", "some characters could not be read: save the file as UTF-8";
    NoHouseholdNumber, "no_household_number", RowLeftOut,
        "缺少户编号", "the household number is missing";
    NoVillage, "no_village", RowLeftOut,
        "缺少行政村", "the village is missing";
    UnknownVillage, "unknown_village", HouseholdLeftOut,
        "系统中没有这个村，或有重名，请改用村代码", "there is no such village, or two of that name: use the village code";
    NoHouseholder, "no_householder", HouseholdLeftOut,
        "没有户主：请填户主姓名，或把一名成员的关系填为户主", "no householder: name one, or mark a member as 户主";
    TwoHouseholders, "two_householders", Noted,
        "同一户有两名户主", "the household has two householders";
    HouseholderNotAMember, "householder_not_a_member", Noted,
        "户主不在成员中", "the householder is not among the members";
    ConflictingValue, "conflicting_value", CellLeftOut,
        "与该户前面的行不一致，以前面的为准", "differs from an earlier row of the household; the earlier counts";
    TooManyMembers, "too_many_members", RowLeftOut,
        "成员太多，请检查户编号是否重复", "too many members: is the household number used twice?";
    NoMemberName, "no_member_name", RowLeftOut,
        "成员没有姓名", "the member has no name";
    BadIdNumber, "bad_id_number", CellLeftOut,
        "证件号码位数不对，应为18位，残疾证为20位或22位", "an identity number has 18 characters, a disability certificate 20 or 22";
    NumberRounded, "number_rounded", CellLeftOut,
        "证件号码被存成数字，尾数已丢失，请把该列设为文本后重新填写", "the number was stored as a figure and lost its last digits: format the column as text and enter it again";
    IdChecksum, "id_checksum", Noted,
        "证件号码校验码不对，请核对", "the check character of the identity number is wrong";
    IdBirthMismatch, "id_birth_mismatch", Noted,
        "出生日期与证件号码不一致", "the birth date differs from the identity number";
    IdSexMismatch, "id_sex_mismatch", Noted,
        "性别与证件号码不一致", "the sex differs from the identity number";
    DuplicateIdNumber, "duplicate_id_number", Noted,
        "证件号码与另一行相同", "the identity number is also on another row";
    SamePersonTwice, "same_person_twice", RowLeftOut,
        "同一户中重复登记了同一人", "the same person stands twice in the household";
    BadDate, "bad_date", CellLeftOut,
        "日期不正确，请写成 2020-05-01", "not a date: write 2020-05-01";
    BadNumber, "bad_number", CellLeftOut,
        "应填数字", "a number is expected";
    Rounded, "rounded", Noted,
        "小数已四舍五入", "rounded to a whole number";
    OutOfRange, "out_of_range", CellLeftOut,
        "数值超出范围", "the value is out of range";
    BadYesNo, "bad_yes_no", CellLeftOut,
        "应填“是”或“否”", "是 (yes) or 否 (no) is expected";
    BadPhone, "bad_phone", CellLeftOut,
        "电话号码不正确", "not a telephone number";
    BadYear, "bad_year", CellLeftOut,
        "年度不正确", "not a year";
    TooLong, "too_long", CellLeftOut,
        "文字太长", "the text is too long";
    BadChoice, "bad_choice", CellLeftOut,
        "不在可选范围内", "not one of the choices";
    UnknownUnit, "unknown_unit", CellLeftOut,
        "系统中没有这个单位", "there is no such unit";
}

impl Report {
    pub(super) fn add(&mut self, row: u32, column: &str, code: ProblemCode, other_row: Option<u32>) {
        if self.problems.len() >= PROBLEMS_MAX {
            self.problems_not_listed += 1;
            return;
        }
        let column = column.chars().take(40).collect();
        let (effect, zh, en) = (code.effect(), code.zh(), code.en());
        self.problems.push(Problem {
            row,
            column,
            code,
            effect,
            other_row,
            zh,
            en,
        });
    }

    /// Whether everything in the sheet is taken as it stands, with nothing to look at.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// The report for the terminal, in Chinese.
    pub fn to_text_zh(&self) -> String {
        let mut out = format!(
            "共 {} 行，可导入 {} 户 {} 人\n",
            self.rows, self.households, self.members
        );
        for problem in &self.problems {
            let column = if problem.column.is_empty() {
                String::new()
            } else {
                format!("「{}」", problem.column)
            };
            let other = problem
                .other_row
                .map(|row| format!("（第 {row} 行）"))
                .unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "第 {} 行{column}：{}{other}；{}",
                problem.row,
                problem.zh,
                problem.effect.zh()
            );
        }
        if self.problems_not_listed > 0 {
            let _ = writeln!(out, "另有 {} 处问题未列出", self.problems_not_listed);
        }
        out
    }

    /// The report for the terminal, in English.
    pub fn to_text_en(&self) -> String {
        let mut out = format!(
            "{} rows, {} households with {} members can be imported\n",
            self.rows, self.households, self.members
        );
        for problem in &self.problems {
            let column = if problem.column.is_empty() {
                String::new()
            } else {
                format!(" [{}]", problem.column)
            };
            let other = problem
                .other_row
                .map(|row| format!(" (row {row})"))
                .unwrap_or_default();
            let _ = writeln!(
                out,
                "row {}{column}: {}{other}; {}",
                problem.row,
                problem.en,
                problem.effect.en()
            );
        }
        if self.problems_not_listed > 0 {
            let _ = writeln!(out, "{} more problems are not listed", self.problems_not_listed);
        }
        out
    }
}
