//! The log from outside: its tree beside that of another implementation, and every way of altering it.

mod alteration;
mod oracle;
