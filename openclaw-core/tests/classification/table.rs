//! The table itself: complete, without contradiction, and printable.

use std::collections::HashSet;

use openclaw_core::{Action, CLASSIFICATION, DeadlineRule, Failure, FailureReason, POLICY_TABLE, ProfileEffect};

use super::{class, classify};

#[test]
fn one_row_for_each_class_in_their_order() {
    let classes: Vec<FailureReason> = POLICY_TABLE.iter().map(|row| row.reason).collect();
    assert_eq!(classes, FailureReason::ALL);
    for row in &POLICY_TABLE {
        assert_eq!(Failure::new(row.reason, "x").policy().reason, row.reason);
    }
}

#[test]
fn no_status_type_or_phrase_stands_in_two_rows() {
    let (mut statuses, mut words) = (HashSet::new(), HashSet::new());
    for row in &POLICY_TABLE {
        assert!(row.statuses.iter().all(|status| statuses.insert(*status)), "{}", row.reason);
        assert!(row.types.iter().all(|word| words.insert(*word)), "{}", row.reason);
        for phrase in row.messages {
            assert!(words.insert(phrase), "{phrase}");
            assert_eq!(*phrase, phrase.to_lowercase(), "phrases are compared in lower case");
        }
    }
    // Nor does one phrase hide another one's class.
    let phrases: Vec<_> = POLICY_TABLE.iter().flat_map(|row| row.messages.iter().map(|p| (*p, row.reason))).collect();
    for (longer, reason) in &phrases {
        for (start, other) in &phrases {
            assert!(!longer.starts_with(start) || reason == other, "{start} hides {longer}");
        }
    }
}

#[test]
fn every_cell_is_what_classify_does() {
    for row in &POLICY_TABLE {
        for status in row.statuses {
            assert_eq!(class(*status, "unheard_of", "x"), row.reason.as_str(), "{status}");
        }
        for error_type in row.types {
            assert_eq!(class(418, error_type, "x"), row.reason.as_str(), "{error_type}");
        }
        for phrase in row.messages {
            for status in 100..600 {
                if (200..300).contains(&status) {
                    continue;
                }
                let told = class(status, "unheard_of", phrase) == row.reason.as_str();
                let looked_at = CLASSIFICATION.message_statuses.contains(&status);
                assert!(told == looked_at || row.statuses.contains(&status), "{status} {phrase}");
            }
        }
    }
    for reason in CLASSIFICATION.not_from_strangers {
        let row = POLICY_TABLE.iter().find(|row| row.reason == *reason).unwrap();
        for status in row.statuses {
            assert_eq!(classify(*status, &[], b"").reason, CLASSIFICATION.from_strangers);
        }
    }
}

#[test]
fn what_follows_from_each_class() {
    use Action::{NextModel, RetryThenRotateOnce, Return, Rotate};
    use FailureReason as R;
    use ProfileEffect as P;
    for (reason, profile, action, next_model) in [
        (R::Auth, P::Cooldown, Rotate, true),
        (R::AuthPermanent, P::Disabled, Rotate, true),
        (R::Billing, P::Disabled, Rotate, true),
        (R::RateLimit, P::ModelCooldown, Rotate, true),
        (R::Overloaded, P::Demoted, RetryThenRotateOnce, true),
        (R::ServerError, P::Demoted, RetryThenRotateOnce, true),
        (R::Timeout, P::Demoted, RetryThenRotateOnce, true),
        (R::ModelNotFound, P::None, NextModel, true),
        (R::Format, P::None, Return, false),
        (R::ContextOverflow, P::None, Return, false),
        (R::Unknown, P::None, NextModel, true),
    ] {
        let row = Failure::new(reason, "x").policy();
        assert_eq!((row.profile, row.action, row.next_model), (profile, action, next_model), "{reason}");
        let rule = match profile {
            P::None => DeadlineRule::Ignored,
            P::Demoted => DeadlineRule::LengthensDemotion,
            _ => DeadlineRule::EndsWindow,
        };
        assert_eq!(row.deadline, rule, "{reason}");
    }
}

#[test]
fn it_prints_as_data_and_for_people() {
    let json = serde_json::to_value(CLASSIFICATION).unwrap();
    assert_eq!(json["table"].as_array().unwrap().len(), 11);
    assert_eq!(
        json["table"][8],
        serde_json::json!({
            "reason": "format", "statuses": [400, 422], "types": ["invalid_request_error"], "messages": [],
            "profile": "none", "action": "return", "nextModel": false, "deadline": "ignored",
        })
    );
    assert_eq!(json["strangerDeadlineMs"], 300_000);
    assert_eq!(json["messageStatuses"], serde_json::json!([400, 401, 402, 403, 404, 422, 429]));
    for row in &POLICY_TABLE {
        for text in [row.profile.to_string(), row.action.to_string(), row.deadline.to_string()] {
            assert!(!text.is_empty() && text.chars().count() <= 30, "{text}");
        }
    }
    assert_eq!(format!("{:<12}|", ProfileEffect::Disabled), "disabled    |", "columns line up");
}
