use super::*;
use crate::credential::{Credential, Expiry, Secret};
use crate::profile::Profile;

#[test]
fn a_token_that_only_other_products_may_use_leads_to_an_api_key() {
    use crate::failover::{Blocked, Exhausted, ModelRecord, Tried};
    use crate::id::{ModelRef, ProviderId};
    use crate::outcome::Failure;
    let message =
        "This credential is only authorized for use with Claude Code and cannot be used for other API requests.";
    let profile = ProfileId::named(&ProviderId::anthropic(), "manual");
    let failure = Failure::new(FailureReason::AuthPermanent, message);
    let tried = vec![Tried { profile: profile.clone(), kind: CredentialKind::Token, failure }];
    let model = ModelRef::parse("claude-opus-4-5").unwrap();
    let record = ModelRecord { model, tried, blocked: Blocked::NoProfile, unusable: Vec::new() };
    let (agent, place) = (AgentId::main(), String::new());
    let error = Error::Exhausted(Box::new(Exhausted {
        agent,
        place,
        models: vec![record],
        soonest: None,
        details: Default::default(),
    }));
    let context = AdviceContext { profile: Some((profile, CredentialKind::Token)), ..AdviceContext::default() };
    let commands: Vec<_> = error.advice(&context).into_iter().filter_map(|advice| advice.command).collect();
    assert_eq!(commands, ["openclaw models auth paste-api-key --provider anthropic"]);
}

#[test]
fn a_command_that_cannot_be_shown_whole_is_left_out() {
    let none = AuthProfiles::default();
    let command = |id: &str| Advice::replace("anthropic", id, CredentialKind::Token, None, &none).command;
    assert_eq!(command("-x").as_deref(), Some("openclaw models auth paste-token --provider anthropic --profile-id=-x"));
    assert_eq!((command("anthropic:sk-ant-oat01-abc"), command("a\0b")), (None, None));
}

#[test]
fn a_credential_of_another_kind_is_stored_beside_what_has_the_usual_id() {
    let provider = ProviderId::anthropic();
    let mut stored = AuthProfiles::default();
    let token = Credential::Token { token: Secret::Missing, expires: Expiry::Never };
    for (name, expected) in [
        ("x", None),
        ("default", Some("anthropic:api-key")),
        ("api-key", Some("anthropic:api-key-2")),
        ("api-key-2", Some("anthropic:api-key-3")),
    ] {
        let profile = StoredProfile::Valid(Profile::new(provider.clone(), token.clone()));
        stored.profiles.insert(ProfileId::named(&provider, name), profile);
        let free = free_id(&stored, &provider, CredentialKind::ApiKey);
        assert_eq!(free.as_ref().map(ProfileId::as_str), expected, "{name}");
        assert_eq!(free_id(&stored, &provider, CredentialKind::Token), None);
    }
}

#[test]
fn a_login_is_not_replaced_under_its_own_id() {
    let advice = Advice::replace(
        "anthropic",
        "anthropic:me@x.org",
        CredentialKind::OAuth,
        Some("work"),
        &AuthProfiles::default(),
    );
    assert_eq!(advice.command.as_deref(), Some("openclaw models auth paste-token --provider anthropic --agent work"));
    assert!(advice.text.starts_with("OAuth logins are not refreshed here"));
}
