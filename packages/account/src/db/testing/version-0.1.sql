-- What the account module of version 0.1 left in a database at 2026-03-01T12:10:00Z, as pg_dump writes it. Never changed: upgrades
-- are tested from here. Secrets are those of testModuleOptions, and passwords are "correct horse battery", but carol's, who has
-- reset hers to "another staple entirely".
--
-- alice: has a recovery key and one session, refreshed once. Refresh token: eyJhbGciOiJIUzI1NiIsInR5cCI6InJlZnJlc2grand0Iiwia2lkIjoidGVzdCJ9.eyJzY29wZSI6ImNvbS5hdHByb3RvLnJlZnJlc2giLCJpc3MiOiJkaWQ6d2ViOnBkcy50ZXN0IiwiYXVkIjoiZGlkOndlYjpwZHMudGVzdCIsInN1YiI6ImRpZDpwbGM6enZiN2NkNGNibHZidHJ0dWw2em9oNWIzIiwic2lkIjoiZ2RPUWt6cUhWUDdZaVNTcWhtenNaQSIsImVwb2NoIjowLCJhdXRoX3RpbWUiOjE3NzIzNjY0NjAsImlhdCI6MTc3MjM2NjUyMCwiZXhwIjoxNzgwMTQyNTIwLCJqdGkiOiJNMm55TmwxWFlXZXdFZWdzYUZ5czFBIn0.SSEMG9Usyu0wnrs1Z4Yy9Bl55Um-xAU-7GGRiHflIL8
-- bob: has asked for a reset. Code: 3mbc3-zn47n
-- carol: reset her password, logged in and out
-- dave: disabled; erin: deleted; frank: purged; grace: not published yet; heidi: without a directory, has asked for a reset
CREATE SCHEMA lexwright_account;
CREATE FUNCTION lexwright_account.refuse_audit_log_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'audit_log is append-only'; end $$;
CREATE TABLE lexwright_account.account (
    did text NOT NULL,
    status text NOT NULL,
    handle text,
    email text,
    email_canonical text,
    password_hash text,
    recovery_key text,
    invite_code text,
    session_epoch integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    activated_at timestamp with time zone,
    password_changed_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    purge_after timestamp with time zone,
    purged_at timestamp with time zone,
    disabled_at timestamp with time zone,
    CONSTRAINT account_deleted_check CHECK ((((status = 'deleted'::text) = (deleted_at IS NOT NULL)) AND ((status = 'deleted'::text) = (purge_after IS NOT NULL)))),
    CONSTRAINT account_handle_check CHECK ((handle = lower(handle))),
    CONSTRAINT account_personal_check CHECK (
CASE
    WHEN (purged_at IS NULL) THEN ((handle IS NOT NULL) AND (email IS NOT NULL) AND (email_canonical IS NOT NULL) AND (password_hash IS NOT NULL))
    ELSE ((status = 'deleted'::text) AND (email IS NULL) AND (email_canonical IS NULL) AND (password_hash IS NULL) AND (recovery_key IS NULL))
END),
    CONSTRAINT account_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'active'::text, 'disabled'::text, 'deleted'::text])))
);
CREATE TABLE lexwright_account.audit_log (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    actor text NOT NULL,
    did text,
    detail jsonb NOT NULL
);
ALTER TABLE lexwright_account.audit_log ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME lexwright_account.audit_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE lexwright_account.did_operation (
    did text NOT NULL,
    operation text NOT NULL,
    published_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone NOT NULL,
    last_error text
);
CREATE TABLE lexwright_account.invite_code (
    code text NOT NULL,
    uses_granted integer NOT NULL,
    uses_left integer NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT invite_code_uses_check CHECK (((uses_granted > 0) AND ((uses_left >= 0) AND (uses_left <= uses_granted))))
);
CREATE TABLE lexwright_account.migration (
    name text NOT NULL,
    applied_at timestamp with time zone NOT NULL
);
CREATE TABLE lexwright_account.outbox (
    id bigint NOT NULL,
    kind text NOT NULL,
    did text,
    created_at timestamp with time zone NOT NULL,
    run_after timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    last_error text,
    failed_at timestamp with time zone,
    request_key text
);
ALTER TABLE lexwright_account.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME lexwright_account.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE UNLOGGED TABLE lexwright_account.rate_limit (
    key text NOT NULL,
    spent integer NOT NULL,
    resets_at timestamp with time zone NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE lexwright_account.reset_token (
    did text NOT NULL,
    token_hash text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE lexwright_account.session (
    id text NOT NULL,
    did text NOT NULL,
    epoch integer NOT NULL,
    auth_time timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    refresh_jti text NOT NULL,
    previous_jti text,
    rotated_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_reason text,
    CONSTRAINT session_revoked_check CHECK (((revoked_at IS NULL) = (revoked_reason IS NULL)))
);
CREATE TABLE lexwright_account.signing_key (
    did text NOT NULL,
    public_key text NOT NULL,
    private_key_sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);
INSERT INTO lexwright_account.account VALUES ('did:plc:zvb7cd4cblvbtrtul6zoh5b3', 'active', 'alice.test', 'alice@example.com', 'alice@example.com', 'v1.649b7cfb.$2b$04$7K0fL1i8qzXI1S1P8KDM8ubjltWW.yCC2M11NxzRaSUIZP4m3Whxm', 'did:key:zQ3shmHbSYMDjbn39JXWvhLUGf9ggNztXFAm4iVnDLyd7rGSi', 'pds-test-ubhgi-55jf6', 0, '2026-03-01 12:01:00+00', '2026-03-01 12:01:00+00', '2026-03-01 12:01:00+00', NULL, NULL, NULL, NULL);
INSERT INTO lexwright_account.account VALUES ('did:plc:byyhblwmtaio4c73zlfv3ogh', 'active', 'carol.test', 'carol@example.com', 'carol@example.com', 'v1.649b7cfb.$2b$04$J29cxbCPaVhCsnjkgZ.Buen4/5LDPa.0qy/7h0CydB2tghgtHDKmG', NULL, 'pds-test-ubhgi-55jf6', 1, '2026-03-01 12:03:00+00', '2026-03-01 12:03:00+00', '2026-03-01 12:03:00+00', NULL, NULL, NULL, NULL);
INSERT INTO lexwright_account.account VALUES ('did:plc:baepxzznlsajhegpuekq53rg', 'disabled', 'dave.test', 'dave@example.com', 'dave@example.com', 'v1.649b7cfb.$2b$04$wz/wWnAb8090sZ7HHDspgO0J39Abv4d9QdUiAs6/hwB1gnHtP1oPm', NULL, 'pds-test-ubhgi-55jf6', 0, '2026-03-01 12:04:00+00', '2026-03-01 12:04:00+00', '2026-03-01 12:04:00+00', NULL, NULL, NULL, '2026-03-01 12:04:00+00');
INSERT INTO lexwright_account.account VALUES ('did:plc:zwp56wdgxnv2cvfiy2f2jjqp', 'active', 'heidi.test', 'heidi@example.com', 'heidi@example.com', 'v1.649b7cfb.$2b$04$glIEaEtUtXdU3MWilNI1K.9nRPGMuR7nJXCHvma8773I3zuPBFSdG', NULL, 'pds-test-ubhgi-55jf6', 0, '2026-03-01 12:07:00+00', '2026-03-01 12:07:00+00', '2026-03-01 12:07:00+00', NULL, NULL, NULL, NULL);
INSERT INTO lexwright_account.account VALUES ('did:plc:a7sqafgou5lakzn4odppxtow', 'pending', 'grace.test', 'grace@example.com', 'grace@example.com', 'v1.649b7cfb.$2b$04$W9vrfe9Fi/fq6UfKxvNq.u3/kNmzbs4SoWUXHr13nvfxpzHgMfSGi', NULL, 'pds-test-ubhgi-55jf6', 0, '2026-03-01 12:08:00+00', NULL, '2026-03-01 12:08:00+00', NULL, NULL, NULL, NULL);
INSERT INTO lexwright_account.account VALUES ('did:plc:tgcaxgsxd5b4ei4xsx3p27ql', 'deleted', 'frank.test', NULL, NULL, NULL, NULL, NULL, 1, '2026-03-01 12:06:00+00', '2026-03-01 12:06:00+00', '2026-03-01 12:06:00+00', '2026-03-01 12:08:00+00', '2026-03-08 12:08:00+00', '2026-03-01 12:08:00+00', NULL);
INSERT INTO lexwright_account.account VALUES ('did:plc:jww4biyqf52g24t3xmqourpo', 'deleted', 'erin.test', 'erin@example.com', 'erin@example.com', 'v1.649b7cfb.$2b$04$vLpyukXBDluo4D.NhwUK0.t6WfBa1tMCM28SVcrqAemfmQn2s2Eti', NULL, 'pds-test-ubhgi-55jf6', 1, '2026-03-01 12:05:00+00', '2026-03-01 12:05:00+00', '2026-03-01 12:05:00+00', '2026-03-01 12:08:00+00', '2026-03-08 12:08:00+00', NULL, NULL);
INSERT INTO lexwright_account.account VALUES ('did:plc:3ijrmbrzv2g4zu2jeaq5b24z', 'active', 'bob.test', 'bob@example.com', 'bob@example.com', 'v1.649b7cfb.$2b$04$vciApayxf2o23GRWqLQWpOlnv5I1pPcTiJjDL6UsbQcyt5C4RhCby', NULL, 'pds-test-ubhgi-55jf6', 0, '2026-03-01 12:09:00+00', '2026-03-01 12:09:00+00', '2026-03-01 12:09:00+00', NULL, NULL, NULL, NULL);
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (1, '2026-03-01 12:00:00+00', 'invite.created', 'admin', NULL, '{"useCount": 20}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (2, '2026-03-01 12:00:00+00', 'invite.created', 'admin', NULL, '{"useCount": 1}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (3, '2026-03-01 12:00:00+00', 'invite.disabled', 'admin', NULL, '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (4, '2026-03-01 12:01:00+00', 'account.created', 'owner', 'did:plc:zvb7cd4cblvbtrtul6zoh5b3', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (5, '2026-03-01 12:03:00+00', 'account.created', 'owner', 'did:plc:byyhblwmtaio4c73zlfv3ogh', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (6, '2026-03-01 12:03:00+00', 'password.reset-token-issued', 'system', 'did:plc:byyhblwmtaio4c73zlfv3ogh', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (7, '2026-03-01 12:03:00+00', 'password.reset', 'owner', 'did:plc:byyhblwmtaio4c73zlfv3ogh', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (8, '2026-03-01 12:03:00+00', 'session.created', 'owner', 'did:plc:byyhblwmtaio4c73zlfv3ogh', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (9, '2026-03-01 12:03:00+00', 'session.deleted', 'owner', 'did:plc:byyhblwmtaio4c73zlfv3ogh', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (10, '2026-03-01 12:04:00+00', 'account.created', 'owner', 'did:plc:baepxzznlsajhegpuekq53rg', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (11, '2026-03-01 12:04:00+00', 'password.reset-token-issued', 'system', 'did:plc:baepxzznlsajhegpuekq53rg', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (12, '2026-03-01 12:04:00+00', 'account.disabled', 'admin', 'did:plc:baepxzznlsajhegpuekq53rg', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (13, '2026-03-01 12:05:00+00', 'account.created', 'owner', 'did:plc:jww4biyqf52g24t3xmqourpo', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (14, '2026-03-01 12:06:00+00', 'account.created', 'owner', 'did:plc:tgcaxgsxd5b4ei4xsx3p27ql', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (15, '2026-03-01 12:07:00+00', 'account.created', 'owner', 'did:plc:zwp56wdgxnv2cvfiy2f2jjqp', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (16, '2026-03-01 12:08:00+00', 'account.deleted', 'admin', 'did:plc:tgcaxgsxd5b4ei4xsx3p27ql', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (17, '2026-03-01 12:08:00+00', 'account.purged', 'admin', 'did:plc:tgcaxgsxd5b4ei4xsx3p27ql', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (18, '2026-03-01 12:08:00+00', 'account.deleted', 'admin', 'did:plc:jww4biyqf52g24t3xmqourpo', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (19, '2026-03-01 12:09:00+00', 'account.created', 'owner', 'did:plc:3ijrmbrzv2g4zu2jeaq5b24z', '{}');
INSERT INTO lexwright_account.audit_log OVERRIDING SYSTEM VALUE VALUES (20, '2026-03-01 12:09:00+00', 'password.reset-token-issued', 'system', 'did:plc:3ijrmbrzv2g4zu2jeaq5b24z', '{}');
INSERT INTO lexwright_account.did_operation VALUES ('did:plc:zvb7cd4cblvbtrtul6zoh5b3', '{"type":"plc_operation","verificationMethods":{"atproto":"did:key:zQ3shoNmKGvR15d1Gp7YY47a8Re3pSTZYaqhqLx6Ytizwd4n3"},"rotationKeys":["did:key:zQ3shmHbSYMDjbn39JXWvhLUGf9ggNztXFAm4iVnDLyd7rGSi","did:key:zQ3shTFEGV8WixKXTA1kBgCkWsuHXxAeJrrYf57uA635Ma8ea"],"alsoKnownAs":["at://alice.test"],"services":{"atproto_pds":{"type":"AtprotoPersonalDataServer","endpoint":"https://pds.test"}},"prev":null,"sig":"hRd00cVY_lzpvBLyKz8_DzZt2XCPqcGMIzJDviVYgORSNqIj21HAAL8qAGFJ3caJ2HgbX9fxh75aF5CPUru9ww"}', '2026-03-01 12:01:00+00', 0, '2026-03-01 12:01:40+00', NULL);
INSERT INTO lexwright_account.did_operation VALUES ('did:plc:byyhblwmtaio4c73zlfv3ogh', '{"type":"plc_operation","verificationMethods":{"atproto":"did:key:zQ3shQ27zhcVL6AEovRM8CyB4yC1XVcteY9B9wn4j9Pd3TijY"},"rotationKeys":["did:key:zQ3shTFEGV8WixKXTA1kBgCkWsuHXxAeJrrYf57uA635Ma8ea"],"alsoKnownAs":["at://carol.test"],"services":{"atproto_pds":{"type":"AtprotoPersonalDataServer","endpoint":"https://pds.test"}},"prev":null,"sig":"WftKp7UF7uQFVKjOBDXjl81NHums0bv4IMvxJ4Rp9e4DcvE-e6jgMRrJFUzy7RyeVT7QJYNjC7SRHKzu70CbtA"}', '2026-03-01 12:03:00+00', 0, '2026-03-01 12:03:40+00', NULL);
INSERT INTO lexwright_account.did_operation VALUES ('did:plc:baepxzznlsajhegpuekq53rg', '{"type":"plc_operation","verificationMethods":{"atproto":"did:key:zQ3shdJyrKR39tFEJSDDD4bbzSDyoGMfE8ZEVLS8ZpwM28uD8"},"rotationKeys":["did:key:zQ3shTFEGV8WixKXTA1kBgCkWsuHXxAeJrrYf57uA635Ma8ea"],"alsoKnownAs":["at://dave.test"],"services":{"atproto_pds":{"type":"AtprotoPersonalDataServer","endpoint":"https://pds.test"}},"prev":null,"sig":"I2e7l7PcuouOUG0gS3a_Vubpy4QyaUf6f-QDOshTLMI8gbBeJPDUuPafAH_FpKpfPyXzSvNGlAUP4FiVgZjSUQ"}', '2026-03-01 12:04:00+00', 0, '2026-03-01 12:04:40+00', NULL);
INSERT INTO lexwright_account.did_operation VALUES ('did:plc:jww4biyqf52g24t3xmqourpo', '{"type":"plc_operation","verificationMethods":{"atproto":"did:key:zQ3shdR4qfm9B7VY9bp3b3eg6C7cKpYWM8cRFVphFGLjAiZT5"},"rotationKeys":["did:key:zQ3shTFEGV8WixKXTA1kBgCkWsuHXxAeJrrYf57uA635Ma8ea"],"alsoKnownAs":["at://erin.test"],"services":{"atproto_pds":{"type":"AtprotoPersonalDataServer","endpoint":"https://pds.test"}},"prev":null,"sig":"G_OrbdgLWR_HYjlSRRybAglLAXyr8WUVbi04JQA-OwVxcePg91c01B99-QCq9gdWMLi3wXFbNqstYYRI3p8j8A"}', '2026-03-01 12:05:00+00', 0, '2026-03-01 12:05:40+00', NULL);
INSERT INTO lexwright_account.did_operation VALUES ('did:plc:zwp56wdgxnv2cvfiy2f2jjqp', '{"type":"plc_operation","verificationMethods":{"atproto":"did:key:zQ3shpK4TFHjRrrfLq4D2yxkwQ5iAHLLbEgE6L41rL5ieTgb8"},"rotationKeys":["did:key:zQ3shTFEGV8WixKXTA1kBgCkWsuHXxAeJrrYf57uA635Ma8ea"],"alsoKnownAs":["at://heidi.test"],"services":{"atproto_pds":{"type":"AtprotoPersonalDataServer","endpoint":"https://pds.test"}},"prev":null,"sig":"QwEXl6QpvOx_sLMetKYY4YMILuAcPdr31rEMtzj7NJp-GZe6jIDS2S7cU23fc3hA1eUHT7PmTbLf7AlT0sQXVg"}', NULL, 0, 'infinity', NULL);
INSERT INTO lexwright_account.did_operation VALUES ('did:plc:3ijrmbrzv2g4zu2jeaq5b24z', '{"type":"plc_operation","verificationMethods":{"atproto":"did:key:zQ3shZSHFeYyCzUk5w7uoMAy8Nj6bx8DK8b9BCbaVfyLVb4Gf"},"rotationKeys":["did:key:zQ3shTFEGV8WixKXTA1kBgCkWsuHXxAeJrrYf57uA635Ma8ea"],"alsoKnownAs":["at://bob.test"],"services":{"atproto_pds":{"type":"AtprotoPersonalDataServer","endpoint":"https://pds.test"}},"prev":null,"sig":"5ExfemiUfc12KfcSOSNVYSrr2q9OrT2L890DJQIY8nZl0mXW7SNiKw-rPFlN5ykN2VhfVDjCUlzJrA1UPdnsaA"}', '2026-03-01 12:09:00+00', 0, '2026-03-01 12:09:40+00', NULL);
INSERT INTO lexwright_account.did_operation VALUES ('did:plc:a7sqafgou5lakzn4odppxtow', '{"type":"plc_operation","verificationMethods":{"atproto":"did:key:zQ3shSAs8SqDmb5Bw9K92i8Kq2veFa6g4W7DoN81wGhGtHQXQ"},"rotationKeys":["did:key:zQ3shTFEGV8WixKXTA1kBgCkWsuHXxAeJrrYf57uA635Ma8ea"],"alsoKnownAs":["at://grace.test"],"services":{"atproto_pds":{"type":"AtprotoPersonalDataServer","endpoint":"https://pds.test"}},"prev":null,"sig":"HaHKqoSF8CrPNt2GokNPzlaF4bpw5zHoaZC4LIn209Z2rMngnixOinGu7O29q7aQcTaXb2Z0eEMpfq94rzKAmQ"}', NULL, 2, '2026-03-01 12:09:58.492+00', 'Error: the directory is down');
INSERT INTO lexwright_account.invite_code VALUES ('pds-test-leheb-ye7jf', 1, 1, 'admin', '2026-03-01 12:00:00+00', '2026-03-01 12:00:00+00');
INSERT INTO lexwright_account.invite_code VALUES ('pds-test-ubhgi-55jf6', 20, 12, 'admin', '2026-03-01 12:00:00+00', NULL);
INSERT INTO lexwright_account.migration VALUES ('0001-initial', '2026-03-01 12:00:00+00');
INSERT INTO lexwright_account.migration VALUES ('0002-rate-limits', '2026-03-01 12:00:00+00');
INSERT INTO lexwright_account.migration VALUES ('0003-account-lifecycle', '2026-03-01 12:00:00+00');
INSERT INTO lexwright_account.migration VALUES ('0004-reset-request-key', '2026-03-01 12:00:00+00');
INSERT INTO lexwright_account.outbox OVERRIDING SYSTEM VALUE VALUES (7, 'password-reset', NULL, '2026-03-01 12:10:00+00', '2026-03-01 12:10:00+00', 0, NULL, NULL, 'zTlb26yq0lszdFtv80SRqrAFMDD2ZlGpfZraKFZggkM');
INSERT INTO lexwright_account.outbox OVERRIDING SYSTEM VALUE VALUES (8, 'password-reset', 'did:plc:zwp56wdgxnv2cvfiy2f2jjqp', '2026-03-01 12:10:00+00', '2026-03-01 12:10:00+00', 0, NULL, NULL, 'k4CqRlaY6NhtYh2-zVlb1AMg4JA7LSfecqaoPQb6yvQ');
INSERT INTO lexwright_account.rate_limit VALUES ('login:0123456789abcdefghijkl', 3, '2026-03-01 12:20:00+00');
INSERT INTO lexwright_account.reset_token VALUES ('did:plc:3ijrmbrzv2g4zu2jeaq5b24z', 'Y7FhbXff1GYKDtKPmtUaNugvm82Ng7OjeiKm3XRv5MM', '2026-03-01 12:09:00+00', '2026-03-01 12:19:00+00');
INSERT INTO lexwright_account.session VALUES ('gdOQkzqHVP7YiSSqhmzsZA', 'did:plc:zvb7cd4cblvbtrtul6zoh5b3', 0, '2026-03-01 12:01:00+00', '2026-03-01 12:01:00+00', '2026-05-30 12:02:00+00', 'M2nyNl1XYWewEegsaFys1A', 'E4lkqpcYQq8zaeFIu1V7Vg', '2026-03-01 12:02:00+00', NULL, NULL);
INSERT INTO lexwright_account.session VALUES ('CnloupBPhDQDpz4WZhFLCw', 'did:plc:byyhblwmtaio4c73zlfv3ogh', 0, '2026-03-01 12:03:00+00', '2026-03-01 12:03:00+00', '2026-05-30 12:03:00+00', '50OZu6AptX4ZInTDnmzIeQ', NULL, '2026-03-01 12:03:00+00', '2026-03-01 12:03:00+00', 'password-reset');
INSERT INTO lexwright_account.session VALUES ('RXcrhgR5ofxjymKuLH0rYw', 'did:plc:byyhblwmtaio4c73zlfv3ogh', 1, '2026-03-01 12:03:00+00', '2026-03-01 12:03:00+00', '2026-05-30 12:03:00+00', '2v-0cHCIB13sLk26XlVpCA', NULL, '2026-03-01 12:03:00+00', '2026-03-01 12:03:00+00', 'logout');
INSERT INTO lexwright_account.session VALUES ('heZac2xiriwWdFYltO83Xw', 'did:plc:baepxzznlsajhegpuekq53rg', 0, '2026-03-01 12:04:00+00', '2026-03-01 12:04:00+00', '2026-05-30 12:04:00+00', 'kVng2Wd4C5XTGO0Vk8wF-g', NULL, '2026-03-01 12:04:00+00', NULL, NULL);
INSERT INTO lexwright_account.session VALUES ('knsYA8mgavS85hYTDAXhzA', 'did:plc:zwp56wdgxnv2cvfiy2f2jjqp', 0, '2026-03-01 12:07:00+00', '2026-03-01 12:07:00+00', '2026-05-30 12:07:00+00', 'Nk3t3gkDdAQSVd0PCO_PHw', NULL, '2026-03-01 12:07:00+00', NULL, NULL);
INSERT INTO lexwright_account.session VALUES ('Lrcxopi4imimA-ePgzit3g', 'did:plc:jww4biyqf52g24t3xmqourpo', 0, '2026-03-01 12:05:00+00', '2026-03-01 12:05:00+00', '2026-05-30 12:05:00+00', 'MITVlE9mRuRVyDR_8nMKCA', NULL, '2026-03-01 12:05:00+00', '2026-03-01 12:08:00+00', 'account-deleted');
INSERT INTO lexwright_account.session VALUES ('1iAgnCqjyV0pBOsPrSvuJw', 'did:plc:3ijrmbrzv2g4zu2jeaq5b24z', 0, '2026-03-01 12:09:00+00', '2026-03-01 12:09:00+00', '2026-05-30 12:09:00+00', 'HcRHhK4mCa-LaFfI_uK5tw', NULL, '2026-03-01 12:09:00+00', NULL, NULL);
INSERT INTO lexwright_account.signing_key VALUES ('did:plc:zvb7cd4cblvbtrtul6zoh5b3', 'did:key:zQ3shoNmKGvR15d1Gp7YY47a8Re3pSTZYaqhqLx6Ytizwd4n3', '\x015e6f27e0db7c9548b467bca26ee81a8b02509862ce1cdf95ed630dbdd3645336f56e3445b04dcc6cd024afb9fc2d2333234c8ce354a678fbbcf1ec09', '2026-03-01 12:01:00+00');
INSERT INTO lexwright_account.signing_key VALUES ('did:plc:byyhblwmtaio4c73zlfv3ogh', 'did:key:zQ3shQ27zhcVL6AEovRM8CyB4yC1XVcteY9B9wn4j9Pd3TijY', '\x01392b9bc8eeb6cc4b620c01ca44bb772eb7b96afa9f97db87b9715f9e01723257247bc38eb7e3cad8ac0738fb0297da15de7ce44412dc92780420d735', '2026-03-01 12:03:00+00');
INSERT INTO lexwright_account.signing_key VALUES ('did:plc:baepxzznlsajhegpuekq53rg', 'did:key:zQ3shdJyrKR39tFEJSDDD4bbzSDyoGMfE8ZEVLS8ZpwM28uD8', '\x01f11197a8ff9b1c5e882b25699ea573329b06476a4e764452d9880c5d213d6d403fad9599ae9f60d433a47f64286fa023fbfbcfdb14303da609cec203', '2026-03-01 12:04:00+00');
INSERT INTO lexwright_account.signing_key VALUES ('did:plc:jww4biyqf52g24t3xmqourpo', 'did:key:zQ3shdR4qfm9B7VY9bp3b3eg6C7cKpYWM8cRFVphFGLjAiZT5', '\x0105f021bb458b25ad022ca04f476e8ce41e227a4fe88455e3f85ec18e656d0fca2d663b7e4e501d44aad4fed4b732e07bb15065889aac3fa92dbefd06', '2026-03-01 12:05:00+00');
INSERT INTO lexwright_account.signing_key VALUES ('did:plc:zwp56wdgxnv2cvfiy2f2jjqp', 'did:key:zQ3shpK4TFHjRrrfLq4D2yxkwQ5iAHLLbEgE6L41rL5ieTgb8', '\x01ecf5166c23319fe538558dbaf10acb3a0200c7b7d8b63c2f4d471818c926a0aa7a832e50347264e754e4c724d000013f510fe5dcd0f9c2cba2d60e28', '2026-03-01 12:07:00+00');
INSERT INTO lexwright_account.signing_key VALUES ('did:plc:a7sqafgou5lakzn4odppxtow', 'did:key:zQ3shSAs8SqDmb5Bw9K92i8Kq2veFa6g4W7DoN81wGhGtHQXQ', '\x01544478b3e337a44dc28b1dcb341c92d1626f08c37b2588cf78a104cae5584b46da8d8087c0544cb5c5f3fa639d89989ecbc7efe52575bcda81e2e1ff', '2026-03-01 12:08:00+00');
INSERT INTO lexwright_account.signing_key VALUES ('did:plc:3ijrmbrzv2g4zu2jeaq5b24z', 'did:key:zQ3shZSHFeYyCzUk5w7uoMAy8Nj6bx8DK8b9BCbaVfyLVb4Gf', '\x012d22ed08ba3c0b4e4f70e0b0dde53e1449ec5a6da22b47d3ee15395f20e27c07351577fd6ba38623eabf3f5590b7b73f8c4f04a981586fb028b737af', '2026-03-01 12:09:00+00');
SELECT pg_catalog.setval('lexwright_account.audit_log_id_seq', 20, true);
SELECT pg_catalog.setval('lexwright_account.outbox_id_seq', 8, true);
ALTER TABLE ONLY lexwright_account.account
    ADD CONSTRAINT account_email_canonical_key UNIQUE (email_canonical);
ALTER TABLE ONLY lexwright_account.account
    ADD CONSTRAINT account_handle_key UNIQUE (handle);
ALTER TABLE ONLY lexwright_account.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (did);
ALTER TABLE ONLY lexwright_account.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY lexwright_account.did_operation
    ADD CONSTRAINT did_operation_pkey PRIMARY KEY (did);
ALTER TABLE ONLY lexwright_account.invite_code
    ADD CONSTRAINT invite_code_pkey PRIMARY KEY (code);
ALTER TABLE ONLY lexwright_account.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (name);
ALTER TABLE ONLY lexwright_account.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY lexwright_account.rate_limit
    ADD CONSTRAINT rate_limit_pkey PRIMARY KEY (key);
ALTER TABLE ONLY lexwright_account.reset_token
    ADD CONSTRAINT reset_token_pkey PRIMARY KEY (did);
ALTER TABLE ONLY lexwright_account.reset_token
    ADD CONSTRAINT reset_token_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY lexwright_account.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY lexwright_account.signing_key
    ADD CONSTRAINT signing_key_pkey PRIMARY KEY (did);
CREATE INDEX account_created_at_index ON lexwright_account.account USING btree (created_at, did);
CREATE INDEX account_held_handle_index ON lexwright_account.account USING btree (purged_at) WHERE ((purged_at IS NOT NULL) AND (handle IS NOT NULL));
CREATE INDEX account_invite_code_index ON lexwright_account.account USING btree (invite_code) WHERE (invite_code IS NOT NULL);
CREATE INDEX account_pending_index ON lexwright_account.account USING btree (created_at) WHERE (status = 'pending'::text);
CREATE INDEX account_unpurged_index ON lexwright_account.account USING btree (purge_after) WHERE ((status = 'deleted'::text) AND (purged_at IS NULL));
CREATE INDEX audit_log_did_index ON lexwright_account.audit_log USING btree (did);
CREATE INDEX did_operation_unpublished_index ON lexwright_account.did_operation USING btree (next_attempt_at) WHERE (published_at IS NULL);
CREATE INDEX invite_code_created_at_index ON lexwright_account.invite_code USING btree (created_at, code);
CREATE INDEX outbox_did_index ON lexwright_account.outbox USING btree (did);
CREATE INDEX outbox_due_index ON lexwright_account.outbox USING btree (run_after) WHERE (failed_at IS NULL);
CREATE UNIQUE INDEX outbox_request_key ON lexwright_account.outbox USING btree (request_key) WHERE ((kind = 'password-reset'::text) AND (failed_at IS NULL));
CREATE INDEX rate_limit_resets_at_index ON lexwright_account.rate_limit USING btree (resets_at);
CREATE INDEX session_did_index ON lexwright_account.session USING btree (did);
CREATE INDEX session_expires_at_index ON lexwright_account.session USING btree (expires_at);
CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON lexwright_account.audit_log FOR EACH STATEMENT EXECUTE FUNCTION lexwright_account.refuse_audit_log_change();
ALTER TABLE ONLY lexwright_account.account
    ADD CONSTRAINT account_invite_code_fkey FOREIGN KEY (invite_code) REFERENCES lexwright_account.invite_code(code);
ALTER TABLE ONLY lexwright_account.did_operation
    ADD CONSTRAINT did_operation_did_fkey FOREIGN KEY (did) REFERENCES lexwright_account.account(did) ON DELETE CASCADE;
ALTER TABLE ONLY lexwright_account.reset_token
    ADD CONSTRAINT reset_token_did_fkey FOREIGN KEY (did) REFERENCES lexwright_account.account(did) ON DELETE CASCADE;
ALTER TABLE ONLY lexwright_account.session
    ADD CONSTRAINT session_did_fkey FOREIGN KEY (did) REFERENCES lexwright_account.account(did) ON DELETE CASCADE;
ALTER TABLE ONLY lexwright_account.signing_key
    ADD CONSTRAINT signing_key_did_fkey FOREIGN KEY (did) REFERENCES lexwright_account.account(did) ON DELETE CASCADE;
