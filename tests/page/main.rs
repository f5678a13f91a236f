//! The pages: what a browser is sent and what it may send, and how they are used by people.

mod access;
mod browser;
mod bypass;
mod campaign;
mod escape;
mod form;
mod grant;
mod issuer;
mod login;
mod request;
mod review;
mod role;
mod story;
mod visitor;
mod walk;

use visitor::Visitor;
