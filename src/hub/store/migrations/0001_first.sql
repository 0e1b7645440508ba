-- SPDX-License-Identifier: Apache-2.0
-- Times are ms since 1970 UTC; *_ms columns are NULL when it has not happened. Labels, facts, phases ... are JSON text.

CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    created_ms BIGINT NOT NULL
);
INSERT INTO projects (id, created_ms) VALUES ('default', 0);

-- People's, jobs' and enrolment tokens. Only the SHA-256 of a token is kept.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id),
    kind TEXT NOT NULL,              -- api, enrol
    role TEXT NOT NULL DEFAULT '',   -- of api tokens: admin, viewer, job
    job TEXT NOT NULL DEFAULT '',
    digest TEXT NOT NULL UNIQUE,
    labels TEXT NOT NULL DEFAULT '{}',
    uses_left BIGINT NOT NULL DEFAULT 0,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT,
    revoked_ms BIGINT
);

CREATE TABLE experiments (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    artifact_location TEXT NOT NULL,
    stage TEXT NOT NULL DEFAULT 'active',
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    UNIQUE (project, name)
);
INSERT INTO experiments (id, project, name, artifact_location, created_ms, updated_ms)
    VALUES (0, 'default', 'Default', 'mlflow-artifacts:/0', 0, 0);

CREATE TABLE experiment_tags (
    experiment BIGINT NOT NULL REFERENCES experiments (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (experiment, name)
);

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id),
    experiment BIGINT NOT NULL REFERENCES experiments (id),
    name TEXT NOT NULL,
    user_id TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT 'RUNNING',
    start_ms BIGINT NOT NULL,
    end_ms BIGINT,
    artifact_uri TEXT NOT NULL,
    stage TEXT NOT NULL DEFAULT 'active'
);
CREATE INDEX runs_by_start ON runs (experiment, start_ms DESC, id);

CREATE TABLE run_params (
    run TEXT NOT NULL REFERENCES runs (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, name)
);
CREATE TABLE run_tags (
    run TEXT NOT NULL REFERENCES runs (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, name)
);
-- A metric point is a set member: sending it again changes nothing. NaN is value 0 with is_nan 1.
CREATE TABLE run_metrics (
    run TEXT NOT NULL REFERENCES runs (id),
    name TEXT NOT NULL,
    time_ms BIGINT NOT NULL,
    step BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    is_nan INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, name, time_ms, step, value, is_nan)
);
-- The value that a run shows: greatest by step, time, value.
CREATE TABLE run_latest_metrics (
    run TEXT NOT NULL REFERENCES runs (id),
    name TEXT NOT NULL,
    time_ms BIGINT NOT NULL,
    step BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    is_nan INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, name)
);

-- Files behind mlflow-artifacts:/path; the bytes are blobs.
CREATE TABLE artifacts (
    project TEXT NOT NULL REFERENCES projects (id),
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    size BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (project, path)
);

CREATE TABLE datasets (
    project TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    manifest TEXT NOT NULL,          -- sha256:...
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (project, name, version),
    UNIQUE (project, name, manifest)
);

CREATE TABLE models (
    project TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    last_version BIGINT NOT NULL DEFAULT 0,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (project, name)
);
CREATE TABLE model_tags (
    project TEXT NOT NULL,
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (project, model, name),
    FOREIGN KEY (project, model) REFERENCES models (project, name)
);
CREATE TABLE model_versions (
    project TEXT NOT NULL,
    model TEXT NOT NULL,
    version BIGINT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL,
    run TEXT NOT NULL DEFAULT '',
    run_link TEXT NOT NULL DEFAULT '',
    stage TEXT NOT NULL DEFAULT 'None',
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    bundle TEXT,                      -- sha256:... once it has one
    bundle_bytes BIGINT NOT NULL DEFAULT 0,
    manifest TEXT NOT NULL DEFAULT '{}',
    supersedes BIGINT NOT NULL DEFAULT 0,  -- greatest release that devices may come back from
    withdrawn_ms BIGINT,              -- taken back by an aborted roll-out
    PRIMARY KEY (project, model, version),
    FOREIGN KEY (project, model) REFERENCES models (project, name)
);
CREATE TABLE version_tags (
    project TEXT NOT NULL,
    model TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (project, model, version, name),
    FOREIGN KEY (project, model, version) REFERENCES model_versions (project, model, version)
);
CREATE TABLE model_aliases (
    project TEXT NOT NULL,
    model TEXT NOT NULL,
    alias TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (project, model, alias),
    FOREIGN KEY (project, model, version) REFERENCES model_versions (project, model, version)
);

CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id),
    token TEXT NOT NULL REFERENCES tokens (id),
    key_digest TEXT NOT NULL,         -- of the identity key: the same request again is the same device
    certificate TEXT NOT NULL,        -- PEM
    sealing_key TEXT NOT NULL,        -- PEM
    labels TEXT NOT NULL DEFAULT '{}',
    facts TEXT NOT NULL DEFAULT '{}',
    agent TEXT NOT NULL DEFAULT '',
    enrolled_ms BIGINT NOT NULL,
    last_seen_ms BIGINT,
    revoked_ms BIGINT,
    uptime_ms BIGINT NOT NULL DEFAULT 0,
    UNIQUE (token, key_digest)
);
-- Greatest report number seen of each start of an agent, with its byte counters.
CREATE TABLE device_boots (
    device TEXT NOT NULL REFERENCES devices (id),
    boot TEXT NOT NULL,
    seq BIGINT NOT NULL,
    bytes_sent BIGINT NOT NULL DEFAULT 0,
    bytes_received BIGINT NOT NULL DEFAULT 0,
    bytes_raw BIGINT NOT NULL DEFAULT 0,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (device, boot)
);
CREATE TABLE device_models (
    device TEXT NOT NULL REFERENCES devices (id),
    model TEXT NOT NULL,
    release BIGINT NOT NULL,          -- running; 0: none
    digest TEXT NOT NULL DEFAULT '',
    slot TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    target BIGINT NOT NULL DEFAULT 0, -- release that state is about
    rollout TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    error_text TEXT NOT NULL DEFAULT '',
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (device, model)
);

CREATE TABLE deployments (
    project TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    model TEXT NOT NULL,
    selector TEXT NOT NULL DEFAULT '',
    spec TEXT NOT NULL,               -- the deployment as it was put
    release BIGINT NOT NULL DEFAULT 0,     -- of the last finished roll-out; 0: none yet
    rollout TEXT NOT NULL DEFAULT '', -- that roll-out
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (project, name)
);
CREATE TABLE rollouts (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    deployment TEXT NOT NULL,
    model TEXT NOT NULL,
    release BIGINT NOT NULL,
    previous BIGINT NOT NULL DEFAULT 0,
    spec TEXT NOT NULL,               -- the deployment's, at the start
    job TEXT NOT NULL DEFAULT '',     -- the job that started it
    state TEXT NOT NULL,              -- running, soaking, paused, aborting, done, aborted
    phase BIGINT NOT NULL DEFAULT 0,
    threshold TEXT NOT NULL DEFAULT '',  -- greatest rank that is in, 16 hex digits; empty before the first phase
    phase_ms BIGINT,
    soak_ms BIGINT,
    reason TEXT NOT NULL DEFAULT '',
    counts TEXT NOT NULL DEFAULT '[]',
    created_ms BIGINT NOT NULL,
    finished_ms BIGINT,
    FOREIGN KEY (project, deployment) REFERENCES deployments (project, name)
);
CREATE UNIQUE INDEX rollouts_one_active ON rollouts (project, deployment)
    WHERE state IN ('running', 'soaking', 'paused', 'aborting');
-- One roll-out a job, whatever happens in between.
CREATE UNIQUE INDEX rollouts_one_per_job ON rollouts (job) WHERE job <> '';
CREATE INDEX rollouts_by_time ON rollouts (project, created_ms);

-- What devices counted in a window of time, per release.
CREATE TABLE stats (
    project TEXT NOT NULL,
    model TEXT NOT NULL,
    release BIGINT NOT NULL,
    window_ms BIGINT NOT NULL,        -- its start
    device TEXT NOT NULL REFERENCES devices (id),
    rows_seen BIGINT NOT NULL DEFAULT 0,
    inferences BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    anomalies BIGINT NOT NULL DEFAULT 0,
    cpu_us_sum BIGINT NOT NULL DEFAULT 0,
    cpu_us_max BIGINT NOT NULL DEFAULT 0,
    score_sum DOUBLE PRECISION NOT NULL DEFAULT 0,
    latency BLOB,
    features BLOB,
    PRIMARY KEY (project, model, release, window_ms, device)
);

-- Feature counts since the last evaluation, per device and (device = '') for the fleet; what evaluations found.
CREATE TABLE drift (
    project TEXT NOT NULL,
    model TEXT NOT NULL,
    release BIGINT NOT NULL,
    device TEXT NOT NULL,
    counts BLOB,
    reference BLOB,                   -- counts that retraining has accepted, see drift.h
    total BIGINT NOT NULL DEFAULT 0,  -- vectors in counts
    in_fleet INTEGER NOT NULL DEFAULT 0,  -- has the fleet's row counts of this device since its last evaluation?
    evaluations BIGINT NOT NULL DEFAULT 0,
    above BIGINT NOT NULL DEFAULT 0,  -- how many of the last in a row were above a threshold
    feature BIGINT NOT NULL DEFAULT 0,
    psi DOUBLE PRECISION NOT NULL DEFAULT 0,
    threshold DOUBLE PRECISION NOT NULL DEFAULT 0,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (project, model, release, device)
);

CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    kind TEXT NOT NULL,               -- drift
    model TEXT NOT NULL,
    release BIGINT NOT NULL,
    device TEXT NOT NULL DEFAULT '',  -- empty: the fleet
    feature TEXT NOT NULL DEFAULT '',
    value DOUBLE PRECISION NOT NULL,
    threshold DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL,              -- open, closed
    opened_ms BIGINT NOT NULL,
    closed_ms BIGINT,
    text TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX alerts_one_open ON alerts (project, kind, model, release, device, feature) WHERE state = 'open';

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    kind TEXT NOT NULL,               -- retrain
    model TEXT NOT NULL,
    deployment TEXT NOT NULL,
    release BIGINT NOT NULL,          -- that drifted
    alert TEXT NOT NULL DEFAULT '',
    rows_wanted BIGINT NOT NULL,      -- of each device that is asked
    state TEXT NOT NULL,              -- collecting, running, done, failed
    new_release BIGINT NOT NULL DEFAULT 0,
    rollout TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    attempts BIGINT NOT NULL DEFAULT 0,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    finished_ms BIGINT
);
CREATE UNIQUE INDEX jobs_one_active ON jobs (project, model) WHERE state IN ('collecting', 'running');
CREATE TABLE job_steps (
    job TEXT NOT NULL REFERENCES jobs (id),
    n BIGINT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,              -- running, done, failed
    exit_code BIGINT NOT NULL DEFAULT 0,
    started_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    log TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (job, n)
);
-- Devices that a job asks for rows, and what they sent: the payload of the samples message.
CREATE TABLE samples (
    job TEXT NOT NULL REFERENCES jobs (id),
    device TEXT NOT NULL REFERENCES devices (id),
    drifted INTEGER NOT NULL DEFAULT 0,
    rows_n BIGINT NOT NULL DEFAULT 0,
    body BLOB,
    received_ms BIGINT,
    PRIMARY KEY (job, device)
);

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    time_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    device TEXT NOT NULL DEFAULT '',
    model TEXT NOT NULL DEFAULT '',
    release BIGINT NOT NULL DEFAULT 0,
    rollout TEXT NOT NULL DEFAULT '',
    job TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT ''
);
