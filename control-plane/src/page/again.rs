//! A form that was refused comes again: the page that it is on, with what was typed, and with what is wrong beside it.

use std::fmt::Display;
use std::pin::Pin;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::body::Body;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::response::Response;
use fanner_model::Problem;

use super::form::Fields;
use super::shown::wants_page;
use super::visit::Visit;
use crate::app::App;

/// Answers with `send`; if that refuses, with `page` in its place, which is where the form is.
pub(super) fn again<H, P>(send: H, page: P) -> Again<H, P> {
    Again { send, page }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Again<H, P> {
    send: H,
    page: P,
}

impl<H, P, T, U> Handler<(T, U), App> for Again<H, P>
where
    H: Handler<T, App>,
    P: Handler<U, App>,
    T: 'static,
    U: 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, app: App) -> Self::Future {
        let Self { send, page } = self;
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let answer = send.call(Request::from_parts(parts.clone(), body), app.clone()).await;
            let problem = answer.extensions().get::<Problem>().filter(|_| wants_page(&parts.headers)).cloned();
            let Some(problem) = problem else { return answer };
            let shown = page.call(Refused::new(&parts, problem.clone()).brought(parts), app).await;
            if shown.status().is_success() { in_place_of(&answer, shown, problem) } else { answer }
        })
    }
}

/// A page that says what the answer said.
fn in_place_of(answer: &Response, mut page: Response, problem: Problem) -> Response {
    *page.status_mut() = answer.status();
    page.extensions_mut().insert(problem);
    page
}

/// What was sent and refused.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    /// The form's name: the last part of the address that it is sent to.
    form: String,
    fields: Fields,
    pub(super) problem: Problem,
}

impl Refused {
    fn new(parts: &Parts, problem: Problem) -> Self {
        let form = parts.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
        Self { form, fields: Fields::of(parts), problem }
    }

    /// The same request, for the page that the form is on.
    fn brought(self, mut parts: Parts) -> Request {
        match parts.extensions.get_mut::<Visit>() {
            Some(visit) => visit.refused = Some(self),
            None => drop(parts.extensions.insert(self)),
        }
        Request::from_parts(parts, Body::empty())
    }
}

/// A form of a page: as it begins, or as it was when it was refused.
pub(super) struct Form<'d> {
    id: String,
    refused: Option<&'d Refused>,
}

impl<'d> Form<'d> {
    /// The form of this name, on a page that may have come again.
    pub(super) fn new(name: &str, refused: Option<&'d Refused>) -> Self {
        Self { id: name.to_owned(), refused: refused.filter(|refused| refused.form == name) }
    }

    /// The one form, of several with this name, whose hidden field has this value. `id` is its own on the page.
    pub(super) fn about(self, field: &str, value: impl Display, id: impl Display) -> Self {
        let value = value.to_string();
        let is_this = |refused: &&Refused| refused.fields.value(field) == Some(&value);
        Self { id: format!("{}-{id}", self.id), refused: self.refused.filter(is_this) }
    }

    /// Whether it was sent just now, and refused.
    pub(super) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// A field of it.
    pub(super) fn field(&self, name: &'d str) -> Field<'d> {
        let problem = self.refused.map(|refused| &refused.problem);
        Field {
            id: format!("{}-{name}", self.id),
            name,
            typed: self.refused.map(|refused| refused.fields.value(name).unwrap_or_default().to_owned()),
            wrong: problem.filter(|problem| problem.field.as_deref() == Some(name)).map(|problem| &*problem.detail),
            has_help: false,
        }
    }

    /// A field that has a word of help.
    pub(super) fn helped(&self, name: &'d str) -> Field<'d> {
        Field { has_help: true, ..self.field(name) }
    }
}

/// A field of a form; it is written as the attributes by which it is known, and known to be wrong.
#[derive(Template)]
#[template(
    source = r#"id="{{ id }}" name="{{ name }}"{% if let Some(told) = self.told() %} aria-describedby="{{ told }}"{% endif %}{% if wrong.is_some() %} aria-invalid="true" autofocus{% endif %}"#,
    ext = "html"
)]
pub(super) struct Field<'d> {
    pub(super) id: String,
    name: &'d str,
    /// What is in it, if its form was refused.
    typed: Option<String>,
    wrong: Option<&'d str>,
    has_help: bool,
}

/// Its template escapes what is in it.
impl HtmlSafe for Field<'_> {}

impl Field<'_> {
    /// What is in it; at first nothing.
    pub(super) fn value(&self) -> &str {
        self.typed.as_deref().unwrap_or_default()
    }

    /// What is in it; at first this.
    pub(super) fn value_or<'a>(&'a self, first: &'a str) -> &'a str {
        self.typed.as_deref().unwrap_or(first)
    }

    /// The attribute of an option that was chosen.
    pub(super) fn chosen(&self, option: impl Display) -> &'static str {
        if self.value() == option.to_string() { " selected" } else { "" }
    }

    /// What is wrong with it, below it.
    pub(super) fn wrong(&self) -> Wrong<'_> {
        Wrong { id: &self.id, words: self.wrong }
    }

    /// Where it is told what it should be, and what is wrong with it.
    fn told(&self) -> Option<String> {
        let Self { id, wrong, has_help, .. } = self;
        match (has_help, wrong) {
            (true, Some(_)) => Some(format!("{id}-help {id}-wrong")),
            (true, None) => Some(format!("{id}-help")),
            (false, Some(_)) => Some(format!("{id}-wrong")),
            (false, None) => None,
        }
    }
}

/// What is wrong with a field, if anything is.
#[derive(Template)]
#[template(
    source = r#"{% if let Some(words) = words %}<p class="wrong" id="{{ id }}-wrong">{{ words }}</p>{% endif %}"#,
    ext = "html"
)]
pub(super) struct Wrong<'f> {
    id: &'f str,
    words: Option<&'f str>,
}

/// Its template escapes what is in it.
impl HtmlSafe for Wrong<'_> {}

#[cfg(test)]
mod tests {
    use fanner_model::Code;

    use super::*;

    #[test]
    fn a_form_comes_again_with_what_was_typed_and_what_is_wrong() {
        let refused = refused();
        let form = Form::new("rejection", Some(&refused));
        let (reason, other) = (form.helped("reason"), form.field("other"));
        assert_eq!((reason.value(), other.value_or("first")), ("<no>", ""));
        insta::assert_snapshot!(reason, @r#"id="rejection-reason" name="reason" aria-describedby="rejection-reason-help rejection-reason-wrong" aria-invalid="true" autofocus"#);
        insta::assert_snapshot!(reason.wrong(), @r#"<p class="wrong" id="rejection-reason-wrong">`&#60;no&#62;` is none</p>"#);
        insta::assert_snapshot!(other, @r#"id="rejection-other" name="other""#);
    }

    #[test]
    fn another_form_of_the_page_is_as_it_begins() {
        let refused = refused();
        let other = Form::new("approval", Some(&refused));
        assert_eq!(other.field("reason").value_or("first"), "first");
        let form = |right| Form::new("rejection", Some(&refused)).about("right", right, 1);
        assert_eq!((form("a").field("reason").value(), form("b").field("reason").value()), ("<no>", ""));
        assert_eq!(form("a").field("reason").id, "rejection-1-reason");
    }

    fn refused() -> Refused {
        let fields = [("reason", "<no>"), ("right", "a")].map(|(name, value)| (name.into(), value.into()));
        let problem = Problem::new(Code::InvalidField, "`<no>` is none").at("reason");
        Refused { form: "rejection".into(), fields: Fields(fields.into()), problem }
    }
}
