//! Tables as text, for spreadsheets: RFC 4180, with every field quoted. What a spreadsheet would take for a formula is preceded by
//! an apostrophe, since names and reasons are written by anybody.

/// Lines of fields.
pub(super) fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let head = head.map(str::to_owned);
    std::iter::once(head).chain(rows).map(|row| line(&row)).collect()
}

fn line(fields: &[String]) -> String {
    let fields: Vec<_> = fields.iter().map(|text| field(text)).collect();
    fields.join(",") + "\r\n"
}

fn field(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_quoted() {
        assert_eq!(
            table(["a", "b"], [["x".into(), "say \"y\",\r\nz".into()]]),
            "\"a\",\"b\"\r\n\"x\",\"say \"\"y\"\",\r\nz\"\r\n"
        );
    }

    #[test]
    fn no_field_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1", " =1", "\n=1"] {
            assert_eq!(field(text), format!("\"'{text}\""));
        }
        assert_eq!(field("a=1"), "\"a=1\"");
    }
}
