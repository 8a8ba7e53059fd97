-- The CHECK constraints refuse a code that was translated wrongly. STRICT tables would too, but they know no BOOLEAN,
-- and the declared type is what tells a reader by reflection that ascites is a yes or a no.

CREATE TABLE patients (
    patient_id              INTEGER PRIMARY KEY,
    age                     REAL    NOT NULL CHECK (age BETWEEN 0 AND 120),
    sex                     TEXT    NOT NULL CHECK (sex IN ('female', 'male')),
    treatment               TEXT    CHECK (treatment IN ('D-penicillamine', 'placebo')),
    status                  TEXT    NOT NULL CHECK (status IN ('censored', 'transplant', 'dead')),
    time_days               INTEGER NOT NULL CHECK (time_days > 0),
    ascites                 BOOLEAN CHECK (ascites IN (0, 1)),
    hepatomegaly            BOOLEAN CHECK (hepatomegaly IN (0, 1)),
    spiders                 BOOLEAN CHECK (spiders IN (0, 1)),
    edema                   REAL    NOT NULL CHECK (edema IN (0, 0.5, 1)),
    bilirubin_mg_dl         REAL    NOT NULL,
    cholesterol_mg_dl       INTEGER,
    albumin_g_dl            REAL    NOT NULL,
    copper_ug_day           INTEGER,
    alkaline_phosphatase_u_l REAL,
    ast_u_ml                REAL,
    triglycerides_mg_dl     INTEGER,
    platelet_count          INTEGER,
    prothrombin_time_s      REAL,
    histologic_stage        INTEGER CHECK (histologic_stage BETWEEN 1 AND 4)
);

CREATE TABLE visits (
    visit_id                INTEGER PRIMARY KEY,
    patient_id              INTEGER NOT NULL REFERENCES patients (patient_id),
    day                     INTEGER NOT NULL CHECK (day >= 0),
    followup_days           INTEGER NOT NULL CHECK (followup_days > 0),
    followup_status         TEXT    NOT NULL CHECK (followup_status IN ('censored', 'transplant', 'dead')),
    ascites                 BOOLEAN CHECK (ascites IN (0, 1)),
    hepatomegaly            BOOLEAN CHECK (hepatomegaly IN (0, 1)),
    spiders                 BOOLEAN CHECK (spiders IN (0, 1)),
    edema                   REAL    NOT NULL CHECK (edema IN (0, 0.5, 1)),
    bilirubin_mg_dl         REAL    NOT NULL,
    cholesterol_mg_dl       INTEGER,
    albumin_g_dl            REAL    NOT NULL,
    alkaline_phosphatase_u_l INTEGER,
    ast_u_ml                REAL    NOT NULL,
    platelet_count          INTEGER,
    prothrombin_time_s      REAL    NOT NULL,
    histologic_stage        INTEGER NOT NULL CHECK (histologic_stage BETWEEN 1 AND 4),
    UNIQUE (patient_id, day)
);

CREATE TABLE lung (
    row_id                  INTEGER PRIMARY KEY,
    institution             INTEGER,
    time_days               INTEGER NOT NULL CHECK (time_days > 0),
    status                  TEXT    NOT NULL CHECK (status IN ('censored', 'dead')),
    age                     INTEGER NOT NULL CHECK (age BETWEEN 0 AND 120),
    sex                     TEXT    NOT NULL CHECK (sex IN ('female', 'male')),
    ecog                    INTEGER CHECK (ecog BETWEEN 0 AND 4),
    karnofsky_physician     INTEGER CHECK (karnofsky_physician BETWEEN 0 AND 100),
    karnofsky_patient       INTEGER CHECK (karnofsky_patient BETWEEN 0 AND 100),
    meal_calories           INTEGER,
    weight_loss_lb          INTEGER
);

-- The casts give the columns of the view a type where SQLite (3.41 and later) can report one.
CREATE VIEW survival_summary AS
SELECT coalesce(patients.treatment, 'not randomised')     AS treatment,
       CAST(count(*) AS INTEGER)                          AS patients,
       CAST(sum(patients.status = 'dead') AS INTEGER)     AS deaths,
       CAST(round(avg(patients.age), 1) AS REAL)          AS mean_age
  FROM patients
 GROUP BY patients.treatment;
