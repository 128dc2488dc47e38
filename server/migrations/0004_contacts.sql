-- What each device's contacts have come to, each way by itself, and what it was refused last.
ALTER TABLE device_health ADD COLUMN last_push_ms INTEGER;      -- something of its own arrived
ALTER TABLE device_health ADD COLUMN last_pull_ms INTEGER;      -- it was handed all that was meant for it
ALTER TABLE device_health ADD COLUMN last_refusal TEXT;         -- a stable code
ALTER TABLE device_health ADD COLUMN last_refusal_ms INTEGER;
