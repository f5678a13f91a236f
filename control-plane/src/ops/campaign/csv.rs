//! Tables for spreadsheets, with every field quoted. What a spreadsheet would take for a formula is preceded by an apostrophe, since
//! names and reasons are written by anybody.

use csv::{QuoteStyle, Terminator, WriterBuilder};

/// Lines of fields, as in RFC 4180.
pub(super) fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut writer =
        WriterBuilder::new().quote_style(QuoteStyle::Always).terminator(Terminator::CRLF).from_writer(Vec::new());
    for row in std::iter::once(head.map(str::to_owned)).chain(rows) {
        writer.write_record(row.map(harmless)).expect("memory takes everything, and each row has as many fields");
    }
    let bytes = writer.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("it was made of texts")
}

fn harmless(text: String) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    if is_formula { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_quoted() {
        let table = table(["a", "b"], [["x".into(), "say \"y\",\r\nz".into()]]);
        assert_eq!(table, "\"a\",\"b\"\r\n\"x\",\"say \"\"y\"\",\r\nz\"\r\n");
    }

    #[test]
    fn no_field_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1", " =1", "\n=1"] {
            assert_eq!(harmless(text.to_owned()), format!("'{text}"));
        }
        assert_eq!(harmless("a=1".to_owned()), "a=1");
    }
}
