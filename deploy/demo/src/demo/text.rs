//! Small helps for a terminal: columns of Chinese text, percentiles, QR codes.

use anyhow::{Context, Result};

/// Text padded to a width in cells; a Chinese character takes two.
pub(super) fn column(text: &str, width: usize) -> String {
    let mut cells = 0;
    let mut kept = String::new();
    for c in text.chars() {
        let wide = if is_wide(c) { 2 } else { 1 };
        if cells + wide >= width {
            break;
        }
        kept.push(c);
        cells += wide;
    }
    kept.extend(std::iter::repeat_n(' ', width - cells));
    kept
}

fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60)
}

/// The smallest value that so many of a hundred do not exceed; `sorted` ascends. 0 when there are none.
pub(super) fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

/// A QR code as text.
pub(super) fn qr(text: &str) -> Result<String> {
    let code = qrcode::QrCode::new(text).context("an invitation link fits a QR code")?;
    Ok(code.render::<qrcode::render::unicode::Dense1x2>().build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_cells_and_cut_what_is_too_long() {
        assert_eq!(column("桥 a", 7), "桥 a   ");
        assert_eq!(column("青石村村委会", 7), "青石村 ");
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        assert_eq!(percentile(&[], 95), 0);
        assert_eq!(percentile(&[7], 50), 7);
        assert_eq!(percentile(&[1, 2, 3, 4], 50), 2);
        assert_eq!(percentile(&[1, 2, 3, 4], 95), 4);
    }
}
