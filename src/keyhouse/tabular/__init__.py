"""Files of rows: CSV, TSV and spreadsheets read with care, and rows written in every format that tools take."""
