//! The laws of a store as functions: both backends run them. The name of each is its claim.
//!
//! A backend's test file holds one line, `cmdb::laws!(lab)`, and the function `lab` that makes a [`Lab`] with an empty database.

#![allow(missing_docs, clippy::missing_panics_doc, clippy::unwrap_used, reason = "a law's name is its document, and a broken law panics")]

pub mod accounts;
pub mod audit;
pub mod documents;
pub mod events;
pub mod grains;
pub mod hosts;
pub mod jobs;
pub mod keys;
pub mod leases;
mod make;
pub mod mine;
pub mod minions;
pub mod objects;
pub mod purge;
pub mod returns;
pub mod tokens;
pub mod variables;

pub use make::{at, id, ids, job, map, offer, print, returned};

use crate::{Retention, Store};
use async_trait::async_trait;
use std::sync::Arc;

/// A database of a test's own.
#[async_trait]
pub trait Lab: Send + Sync {
    /// Opens the store on it, keeping things for the given time. Every call is a new program start on the same database.
    async fn open_with(&self, retention: Retention) -> Arc<dyn Store>;

    /// Opens the store on it.
    async fn open(&self) -> Arc<dyn Store> {
        self.open_with(Retention::default()).await
    }
}

/// Makes a test of every law, against the labs that the given async function makes.
#[macro_export]
macro_rules! laws {
    ($lab:ident) => {
        $crate::laws! { @rooms $lab;
            minions [
                a_minion_unknown_before_is_known_after_its_first_session
                the_end_of_an_old_session_does_not_end_the_new_one
                last_seen_never_goes_back
                after_a_restart_of_the_master_nobody_is_thought_online
                listing_pages_by_cursor_in_the_order_of_ids
                listing_filters_by_presence_and_prefix
                a_forgotten_minion_leaves_its_jobs_and_keys
            ]
            grains [
                grains_read_back_as_pushed
                history_keeps_every_grain_change_by_path
                the_first_push_writes_no_history
                a_push_that_changes_nothing_writes_only_its_time
                the_order_of_keys_is_no_change
                two_pushes_of_one_minion_in_one_batch_count_in_their_order
                history_filters_by_minion_path_and_time_and_pages
                minions_are_found_by_nested_grains
                odd_values_do_not_make_a_push_fail
                all_grains_page_by_cursor
            ]
            keys [
                a_first_key_waits_for_a_decision
                the_same_key_again_changes_nothing
                another_key_for_a_taken_id_is_denied_and_the_first_undisturbed
                a_setting_accepts_at_once_but_never_a_rejected_key
                a_key_is_accepted_rejected_and_deleted_with_all_of_it_in_the_history
                after_the_holder_is_deleted_a_denied_key_that_comes_again_is_pending
                accepting_a_denied_key_denies_the_one_that_held_the_id
                a_denied_key_cannot_be_rejected_while_another_holds_the_id
                keys_page_by_cursor_and_filter_by_state
                of_ever_new_keys_for_a_taken_id_some_are_kept_and_all_are_denied
            ]
            tokens [
                a_token_accepts_one_key_and_no_second
                a_token_does_not_fit_other_ids_or_later_times
                a_token_does_not_help_against_a_taken_id_and_is_kept
                tokens_are_listed_and_deleted_by_their_short_name
            ]
            jobs [
                a_job_reads_back_as_stored
                an_id_that_is_taken_is_a_conflict_and_changes_nothing
                every_expected_minion_begins_queued_unless_said_otherwise
                a_stage_never_goes_back_and_an_end_stays
                of_several_changes_in_one_batch_the_furthest_counts
                queued_jobs_of_a_minion_are_found_after_a_restart
                unfinished_pairs_are_found_after_a_restart
                jobs_page_by_cursor_newest_and_oldest_first
                jobs_filter_by_function_user_minion_time_and_end
                a_job_for_ten_thousand_minions_is_stored_whole
                the_last_job_id_is_known
            ]
            returns [
                a_return_reads_back_and_ends_its_pair
                second_return_of_a_minion_changes_nothing
                a_return_that_nobody_asked_for_is_not_stored
                a_late_return_overrides_lost
                a_thousand_returns_go_in_as_one_batch
                the_first_of_two_returns_in_one_batch_counts
                returns_of_a_job_and_of_a_minion_page_by_cursor
                odd_values_do_not_make_a_batch_fail
                a_megabyte_comes_back_whole
                an_empty_batch_is_no_error
            ]
            events [
                events_come_in_the_order_of_their_sequence
                an_event_stored_twice_is_one
                events_filter_by_tag_and_time
                the_sequence_is_known_after_a_restart_and_a_purge
            ]
            mine [
                a_later_answer_takes_the_place_of_the_older_and_others_stay
                answers_of_a_function_page_by_minion
                one_answer_goes_or_all_of_a_minion
            ]
            leases [
                a_lease_has_one_holder_until_it_runs_out
                a_lease_that_is_given_back_is_free_at_once
                two_who_take_a_lease_at_once_do_not_both_have_it
                in_whatever_order_it_is_taken_a_lease_has_one_holder_until_its_end
            ]
            documents [
                a_document_reads_back_after_a_restart_and_a_newer_takes_its_place
                documents_come_in_the_order_of_their_names
            ]
            accounts [
                an_account_reads_back_with_its_groups_after_a_restart
                a_name_belongs_to_one_account_only
                accounts_page_in_the_order_of_their_names
                an_account_goes_with_its_groups_and_its_logins
                logins_are_there_after_a_restart_until_they_end
            ]
            variables [
                a_variable_reads_back_after_a_restart_with_the_version_that_made_it
                what_is_so_already_is_no_version
                of_several_changes_of_a_variable_in_one_version_the_last_counts
                variables_page_by_scope_and_name
                the_history_of_a_variable_outlives_it
                two_who_change_variables_at_once_have_each_a_version
            ]
            audit [
                the_chain_is_whole_and_goes_on_after_a_restart
                entries_filter_and_page
                two_writers_at_once_make_one_chain
                checkpoints_are_kept_and_the_first_of_a_number_stays
                a_log_that_is_shorter_than_what_was_signed_is_cut
                a_chain_that_is_not_the_signed_one_is_found
            ]
            objects [
                an_object_reads_back_after_a_restart
                a_name_is_one_of_a_kind_in_a_project
                of_two_who_change_one_version_the_second_is_refused
                what_others_use_does_not_go
                a_change_that_is_refused_leaves_no_trace_anywhere
            ]
            hosts [
                a_host_reads_back_as_it_was_last_written
                hosts_page_in_the_order_of_their_ids
                a_deleted_host_is_gone_and_others_stay
            ]
            purge [
                purge_keeps_what_is_younger
                purge_keeps_a_job_that_waits_for_a_minion
                what_is_too_old_goes_while_writing
                a_store_tells_how_it_is
            ]
        }
    };
    (@rooms $lab:ident; $($room:ident [$($law:ident)*])*) => {
        $(mod $room {
            $(#[tokio::test]
            async fn $law() {
                let lab = super::$lab().await;
                $crate::suite::$room::$law(&lab).await;
            })*
        })*
    };
}
