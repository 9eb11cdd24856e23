-- The rows of before, counted as they arrive.
insert into calls (
  sid, account_sid, parent_call_sid, sequence, final, to_address, from_address, phone_number_sid, status, direction,
  api_version, date_created, date_updated, start_time, end_time, duration_seconds, queue_time_ms, price, price_unit,
  answered_by, forwarded_from, caller_name, sip_code, sip_reason, q850_cause, hangup_side, end_reason, instructions,
  status_callback)
select
  sid, account_sid, parent_call_sid, sequence, final, to_address, from_address, phone_number_sid, status, direction,
  api_version, date_created, date_updated, start_time, end_time, duration_seconds, queue_time_ms, price, price_unit,
  answered_by, forwarded_from, caller_name, sip_code, sip_reason, q850_cause, hangup_side, end_reason, instructions,
  status_callback
from calls_unpartitioned;
drop table calls_unpartitioned;
