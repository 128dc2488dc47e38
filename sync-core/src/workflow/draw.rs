//! How many cases the county has to check itself. Which ones is the server's to draw.

/// Share of cases the county checks at random (TK21 16), percent.
pub const SHARE: i64 = 30;

/// The least share that may be drawn in a procedure, percent: the law's where it sets one.
pub fn least_share(procedure: &str) -> i64 {
    match procedure {
        "extreme_hardship" => SHARE,
        _ => 1,
    }
}

/// How many of so many cases are drawn: no fewer than the share.
pub fn drawn_of(population: usize, share: i64) -> usize {
    let share = usize::try_from(share).unwrap_or(100);
    (population * share).div_ceil(100)
}
