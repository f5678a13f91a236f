//! Issuers that sign tokens for everybody in the world. A rule for their callers that does not say whose would let in all.

/// The host of such an issuer, and claims of which one says whose a token is.
const SHARED: &[(&str, &[&str])] = &[
    (
        "token.actions.githubusercontent.com",
        &["sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "job_workflow_ref"],
    ),
    ("gitlab.com", &["sub", "project_id", "project_path", "namespace_id", "namespace_path"]),
    (
        "app.terraform.io",
        &[
            "sub",
            "terraform_organization_id",
            "terraform_organization_name",
            "terraform_project_id",
            "terraform_workspace_id",
        ],
    ),
    ("agent.buildkite.com", &["sub", "organization_slug", "organization_id", "pipeline_id"]),
    ("accounts.google.com", &["sub", "email", "hd"]),
];

/// Checks that claims which a caller must have say whose caller it is.
///
/// # Errors
/// They do not; the text names claims that would.
pub(super) fn check<'a>(issuer: &str, mut claims: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let host = issuer.strip_prefix("https://").unwrap_or(issuer).split('/').next().unwrap_or_default();
    let Some((_, telling)) = SHARED.iter().find(|(shared, _)| *shared == host) else {
        return match claims.next() {
            Some(_) => Ok(()),
            None => Err("`claims` is empty, which would let in every caller of the issuer; name at least `sub`".into()),
        };
    };
    if claims.any(|claim| telling.contains(&claim)) {
        return Ok(());
    }
    let telling = telling.iter().map(|claim| format!("`{claim}`")).collect::<Vec<_>>().join(", ");
    Err(format!("`{issuer}` signs tokens for everybody; `claims` must say whose it trusts, by one of {telling}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_for_everybody_is_trusted_for_somebody_only() {
        let github = "https://token.actions.githubusercontent.com";
        assert_eq!(check(github, ["ref", "repository_id"].into_iter()), Ok(()));
        let refused = check(github, ["ref"].into_iter()).unwrap_err();
        assert!(refused.ends_with("`repository_owner`, `repository_owner_id`, `job_workflow_ref`"), "{refused}");
    }

    #[test]
    fn nobody_is_trusted_for_all_its_callers() {
        assert!(check("https://ci.example.com", [].into_iter()).is_err());
        assert_eq!(check("https://ci.example.com", ["ref"].into_iter()), Ok(()));
    }
}
