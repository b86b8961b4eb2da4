//! Errors in words for people at the command line: no codes, no pointers, nothing twice.

use anyhow::Error;
use kernel::{Code, Problem};
use sales::SalesError;
use store::StoreError;

/// An error with its causes, each once. If there is no shop, what the command wanted to do with it is
/// left out.
pub(super) fn of(error: &Error) -> String {
    let no_shop = error
        .chain()
        .find(|cause| matches!(cause.downcast_ref(), Some(StoreError::NoShop(_))));
    if let Some(no_shop) = no_shop {
        return no_shop.to_string();
    }
    let mut said = String::new();
    for cause in error.chain() {
        let sentence = match cause.downcast_ref::<Problem>() {
            Some(problem) => of_problem(problem),
            None => cause.to_string(),
        };
        if said.contains(sentence.trim_end_matches('.')) {
            continue;
        }
        if !said.is_empty() {
            said.push_str("\n  because: ");
        }
        said.push_str(&sentence);
    }
    said
}

/// A refusal as an error for the chain of causes.
pub(super) fn refused(error: SalesError) -> Error {
    Error::new(Problem::from(error))
}

/// The sentences of a refusal: what is wrong with which argument, and what to do.
fn of_problem(problem: &Problem) -> String {
    match problem.code {
        Code::ImportHasErrors => {
            return "some rows have errors. Correct the file, or add --skip-errors to leave them out"
                .to_owned();
        }
        Code::ImportHasWarnings => {
            return "there are warnings. Look at them, then add --accept-warnings to go on"
                .to_owned();
        }
        Code::ImportHasBigChanges => {
            return "some rows change a price, a cost or a stock to ten times what it was, or a tenth of it. Look at them, then add --accept-big-changes to go on"
                .to_owned();
        }
        _ => {}
    }
    let places: Vec<String> = problem
        .errors
        .iter()
        .filter(|one| !problem.detail.contains(one.detail.trim_end_matches('.')))
        .map(|one| match argument_of(&one.pointer) {
            Some(argument) => format!("{argument} {}", one.detail),
            None => one.detail.clone(),
        })
        .collect();
    // "Some fields are not valid" says less than the fields do.
    if problem.code == Code::ValidationFailed && !places.is_empty() {
        return places.join("; ");
    }
    let detail = problem.detail.trim_end_matches('.');
    let places = places.into_iter().map(|place| format!("\n  - {place}"));
    places.fold(detail.to_owned(), |said, place| said + &place)
}

/// The argument that a place in a body came from.
fn argument_of(pointer: &str) -> Option<String> {
    let name = pointer.rsplit('/').next().filter(|name| !name.is_empty())?;
    Some(name.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;
    use kernel::FieldError;

    use super::*;

    fn said(problem: Problem) -> String {
        let outcome: Result<(), Error> = Err(refused(problem.into()));
        of(&outcome.context("nothing was done").unwrap_err())
    }

    #[test]
    fn a_refusal_names_the_argument_and_no_code() {
        let problem = Problem::invalid("/email", "field.email", "is not an e-mail address");
        assert_eq!(
            said(problem),
            "nothing was done\n  because: email is not an e-mail address"
        );
    }

    #[test]
    fn a_refusal_is_said_once_and_in_the_words_of_the_command_line() {
        let detail = "2 rows have errors. Correct the file, or send skip_errors to leave them out.";
        let error = FieldError::new("/skip_errors", "import.has_errors", detail);
        let words = said(Problem::new(Code::ImportHasErrors, detail).at(error));
        assert!(
            words.contains("--skip-errors") && !words.contains("skip_errors"),
            "{words}"
        );

        let detail = "There is no such location.";
        let error = FieldError::new("/location", "request.unknown_reference", detail);
        let words = said(Problem::new(Code::UnknownReference, detail).at(error));
        assert_eq!(words.matches("no such location").count(), 1, "{words}");
    }

    #[test]
    fn a_cause_that_repeats_the_sentence_is_left_out() {
        let cause = Error::msg("invalid socket address");
        let error = cause.context("the configuration cannot be read: invalid socket address");
        assert_eq!(
            of(&error),
            "the configuration cannot be read: invalid socket address"
        );
    }
}
