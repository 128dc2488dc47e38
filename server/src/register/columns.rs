//! Which header means what. Order is free, and every county has its own words for the same thing.

use sync_core::schema::{Field, Kind, field};

use super::ProblemCode;
use super::sheet::{Cell, Row};

/// What a column tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Village,
    Number,
    /// The year of the income columns that name none.
    IncomeYear,
    /// A field of the household.
    Root(&'static str),
    /// A field of the household on its first row, of the member on others.
    RootOrMember(&'static str),
    Guarantee(&'static str),
    Income(&'static str),
    Member(&'static str),
    Assistance(&'static str),
    /// Known, and rightly not taken: it is counted or derived, or stands elsewhere.
    Ignored,
    /// Must not enter the file.
    OfficeOnly,
}

impl Target {
    /// The field it fills.
    pub(super) fn field(self) -> Option<&'static Field> {
        let path: &[&str] = match &self {
            Target::Root(name) | Target::RootOrMember(name) => &[*name],
            Target::Guarantee(name) => &["guarantees", *name],
            Target::Income(name) => &["income", "2000", *name],
            Target::Member(name) => &["members", "m", *name],
            Target::Assistance(name) => &["assistance", "a", *name],
            _ => return None,
        };
        field(Kind::Household, path)
    }
}

/// A column that is read.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Place in the row.
    pub(super) index: usize,
    /// Header as it stands, for the report.
    pub(super) header: String,
    pub(super) target: Target,
    /// The year in the header of an income column.
    pub(super) year: Option<u16>,
}

/// The columns of a header row, or `None` when it is not one: it names a household number and a person.
pub(super) fn header(row: &Row, complain: &mut dyn FnMut(&str, ProblemCode)) -> Option<Vec<Column>> {
    let named: Vec<(usize, &str)> = row
        .cells
        .iter()
        .enumerate()
        .filter_map(|(index, cell)| match cell {
            Cell::Text(text) => Some((index, text.as_str())),
            _ => None,
        })
        .collect();
    let targets: Vec<Target> = named
        .iter()
        .filter_map(|(_, text)| target(&plain(text).0))
        .collect();
    let person = targets
        .iter()
        .any(|t| matches!(t, Target::Member("name") | Target::Root("householder")));
    if !person || !targets.contains(&Target::Number) {
        return None;
    }
    let mut columns: Vec<Column> = Vec::new();
    for (index, text) in named {
        let (name, year) = plain(text);
        match target(&name) {
            None => complain(text, ProblemCode::UnknownColumn),
            Some(Target::OfficeOnly) => complain(text, ProblemCode::OfficeOnlyColumn),
            Some(Target::Ignored) => {}
            Some(target) => {
                if columns
                    .iter()
                    .any(|known| known.target == target && known.year == year)
                {
                    complain(text, ProblemCode::DuplicateColumn);
                } else {
                    columns.push(Column {
                        index,
                        header: text.to_owned(),
                        target,
                        year,
                    });
                }
            }
        }
    }
    Some(columns)
}

/// A header without blanks, marks and what stands in brackets; and the year it begins with.
fn plain(text: &str) -> (String, Option<u16>) {
    let cut = text
        .find(['(', '（', '[', '【'])
        .filter(|at| *at > 0)
        .unwrap_or(text.len());
    let name: String = text[..cut]
        .chars()
        .filter(|c| !c.is_whitespace() && !"*＊:：、/".contains(*c))
        .collect();
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    match (digits.len(), digits.parse::<u16>()) {
        (4, Ok(year)) => {
            let rest = &name[4..];
            let rest = rest
                .strip_prefix("年度")
                .or_else(|| rest.strip_prefix('年'))
                .unwrap_or(rest);
            (rest.to_owned(), Some(year))
        }
        _ => (name, None),
    }
}

fn target(name: &str) -> Option<Target> {
    HEADERS
        .iter()
        .find(|(_, names)| names.contains(&name))
        .map(|(target, _)| *target)
}

use Target::{Assistance, Guarantee, Ignored, Income, Member, OfficeOnly, Root, RootOrMember};

#[rustfmt::skip]
const HEADERS: &[(Target, &[&str])] = &[
    (Target::Village, &["行政村", "村", "村名", "所在村", "村名称", "行政村名称", "村委会", "村代码", "行政村代码"]),
    (Target::Number, &["户编号", "户编码", "户号", "家庭编号", "农户编号", "户籍编号"]),
    (Target::IncomeYear, &["收入年度", "年度", "收入年份", "年份"]),
    (Root("group"), &["村民小组", "小组", "组", "组别", "自然村组", "村组"]),
    (Root("householder"), &["户主姓名", "户主", "户主名称"]),
    (Root("address"), &["家庭住址", "家庭地址", "住址", "地址", "详细地址"]),
    (RootOrMember("phone"), &["联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "电话号码"]),
    (Root("gps_lat_e6"), &["纬度"]),
    (Root("gps_lng_e6"), &["经度"]),
    (Root("household_type"), &["户类型", "农户类型", "户属性", "户类别", "农户属性"]),
    (Root("monitoring_type"), &["监测对象类别", "监测类型", "监测对象类型", "监测类别"]),
    (Root("poverty_cause"), &["致贫原因", "主要致贫原因", "致贫返贫原因", "返贫原因"]),
    (Root("risk"), &["主要风险", "风险", "返贫风险", "风险类型", "致贫返贫风险"]),
    (Root("risk_level"), &["风险等级", "风险级别"]),
    (Root("risk_state"), &["风险消除状态", "风险状态", "风险是否消除", "风险是否已消除"]),
    (Root("allowance_class"), &["低保类别", "低保类型", "低保特困类别", "低保等级", "保障类别"]),
    (Root("house_structure"), &["房屋结构", "住房结构", "房屋类型"]),
    (Root("house_grade"), &["房屋安全等级", "住房安全等级", "房屋等级", "住房等级", "危房等级"]),
    (Root("house_area_m2"), &["住房面积", "房屋面积", "建筑面积"]),
    (Root("water_source"), &["饮水来源", "饮水类型", "饮用水来源", "水源", "饮水情况"]),
    (Root("power"), &["是否通电", "生活用电", "通电", "是否通生活用电"]),
    (Root("land_mu"), &["承包土地面积", "耕地面积", "土地面积", "承包土地", "承包地面积"]),
    (Root("expense_medical_yuan"), &["医疗支出", "医疗费用", "自付医疗费用"]),
    (Root("expense_education_yuan"), &["教育支出", "教育费用"]),
    (Root("expense_other_yuan"), &["其他刚性支出", "其他支出"]),
    (Root("cadre_name"), &["帮扶责任人", "帮扶责任人姓名", "帮扶人", "结对帮扶干部", "联系人"]),
    (Root("cadre_unit"), &["帮扶单位", "结对单位", "帮扶责任单位"]),
    (RootOrMember("remark"), &["备注", "说明", "其他说明"]),
    (Guarantee("education"), &["义务教育保障", "义务教育有保障", "义务教育是否有保障", "教育保障"]),
    (Guarantee("medical_insurance"), &["是否参加医疗保险", "医疗保险", "基本医疗保险", "基本医疗有保障", "医疗保障", "是否参加城乡居民基本医疗保险", "参加医保"]),
    (Guarantee("housing"), &["住房安全", "住房安全有保障", "住房保障", "住房是否安全"]),
    (Guarantee("water"), &["饮水安全", "饮水安全有保障", "饮水是否安全", "饮水保障"]),
    (Guarantee("pension"), &["是否参加养老保险", "养老保险", "参加养老保险", "是否参加城乡居民基本养老保险"]),
    (Income("wage_yuan"), &["工资性收入", "工资收入", "务工收入"]),
    (Income("business_yuan"), &["经营净收入", "经营性收入", "生产经营性收入", "生产经营净收入", "经营性净收入"]),
    (Income("property_yuan"), &["财产净收入", "财产性收入", "财产性净收入"]),
    (Income("transfer_yuan"), &["转移净收入", "转移性收入", "转移性净收入"]),
    (Income("farm_yuan"), &["种养业收入", "农业收入", "种养殖收入"]),
    (Income("exclusions_yuan"), &["不计入收入", "不计入家庭收入"]),
    (Income("deductions_yuan"), &["扣减支出", "刚性支出扣减", "扣减"]),
    (Member("name"), &["姓名", "成员姓名", "家庭成员姓名", "家庭成员"]),
    (Member("id_number"), &["证件号码", "身份证号", "身份证号码", "证件号", "公民身份号码", "身份证"]),
    (Member("relation"), &["与户主关系", "与户主的关系", "关系", "户主关系", "家庭关系"]),
    (Member("sex"), &["性别"]),
    (Member("birth_date"), &["出生日期", "出生年月日", "出生年月", "生日"]),
    (Member("ethnicity"), &["民族"]),
    (Member("education_level"), &["文化程度", "学历", "受教育程度"]),
    (Member("school_state"), &["在校生状况", "在校状况", "在校生情况", "就学情况"]),
    (Member("health"), &["健康状况", "身体状况", "健康情况"]),
    (Member("disability_certificate"), &["残疾证号", "残疾证号码", "残疾人证号"]),
    (Member("disability_type"), &["残疾类别", "残疾类型"]),
    (Member("disability_level"), &["残疾等级", "残疾级别"]),
    (Member("labour_skill"), &["劳动技能", "劳动能力", "劳动力状况"]),
    (Member("employment"), &["务工情况", "就业情况", "就业状况", "务工状况"]),
    (Member("employment_place"), &["务工地点", "就业地点", "务工所在地", "务工地区"]),
    (Member("employment_months"), &["务工时间", "务工月数", "就业时间", "务工时长"]),
    (Member("income_yuan"), &["个人年收入", "个人收入"]),
    (Member("living_together"), &["是否共同生活", "共同生活", "是否共同生活家庭成员"]),
    (Member("on_register"), &["户籍在册", "是否户籍在册"]),
    (Assistance("measure"), &["帮扶措施", "帮扶内容", "措施"]),
    (Assistance("category"), &["措施类别", "帮扶类别", "措施类型"]),
    (Assistance("started_on"), &["帮扶开始日期", "开始日期", "帮扶开始时间"]),
    (Assistance("ended_on"), &["帮扶结束日期", "结束日期", "帮扶结束时间"]),
    (Assistance("result"), &["帮扶成效", "成效", "帮扶结果"]),
    (Assistance("amount_yuan"), &["帮扶金额", "金额"]),
    (Ignored, &["序号", "编号", "年龄", "家庭人口数", "人口数", "家庭人口", "户主证件号码", "户主身份证号", "户主身份证号码", "省", "市", "县", "区县", "乡镇", "乡", "镇", "人均纯收入", "家庭总收入", "年总收入", "人均收入"]),
    (OfficeOnly, &["银行账号", "银行卡号", "银行卡", "一卡通", "一卡通账号", "开户行", "开户银行", "银行账户", "核对结果", "信息核对结果", "核对报告", "银行存款"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_header_means_one_thing_that_the_file_has() {
        let mut seen = BTreeSet::new();
        for (target, names) in HEADERS {
            let takes = !matches!(
                target,
                Ignored | OfficeOnly | Target::Village | Target::Number | Target::IncomeYear
            );
            assert_eq!(target.field().is_some(), takes, "{target:?}");
            if let RootOrMember(name) = target {
                assert!(Member(name).field().is_some(), "{name}");
            }
            for name in *names {
                assert!(seen.insert(*name), "{name} stands twice");
                assert_eq!(
                    plain(name),
                    ((*name).to_owned(), None),
                    "{name} can never be found"
                );
            }
        }
    }

    #[test]
    fn headers_are_found_under_their_decoration() {
        for text in [
            "户编号",
            " 户 编 号 ",
            "*户编号（必填）",
            "户编号(4位)：",
            "户编号\n",
        ] {
            assert_eq!(target(&plain(text).0), Some(Target::Number), "{text:?}");
        }
        assert_eq!(
            plain("2025年工资性收入（元）"),
            ("工资性收入".to_owned(), Some(2025))
        );
        assert_eq!(plain("2025年度转移净收入"), ("转移净收入".to_owned(), Some(2025)));
        assert_eq!(target("银行账号"), Some(OfficeOnly));
        assert_eq!(target("谁知道"), None);
    }
}
