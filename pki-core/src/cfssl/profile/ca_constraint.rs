//! Whether a profile makes CAs, and how many may follow one.

use super::CfsslCaConstraint;
use super::schema::CA_CONSTRAINT;
use crate::cfssl::entry::Entry;
use crate::cfssl::lint::LintRule;
use crate::cfssl::reader::Reader;
use crate::document::DocumentError;

pub(super) fn ca_constraint(
    reader: &mut Reader,
    entry: &Entry<'_>,
) -> Result<CfsslCaConstraint, DocumentError> {
    let fields = reader.fields(entry, &CA_CONSTRAINT)?;
    let length = fields.get("max_path_len");
    let constraint = CfsslCaConstraint {
        is_ca: fields.boolean("is_ca")?,
        max_path_len: length.map_or(Ok(0), Entry::integer)?,
        max_path_len_zero: fields.boolean("max_path_len_zero")?,
    };
    let Some(length) = length else {
        return Ok(constraint);
    };
    match (constraint.max_path_len, constraint.max_path_len_zero) {
        _ if !constraint.is_ca => {
            let remark = length.refuse("without \"is_ca\": true a path length has no effect");
            reader.warn(LintRule::PathLength, remark);
        }
        (i64::MIN..=-2 | 256.., _) => {
            let error = length.refuse("a path length is a number from 0 to 255, or -1 for none");
            reader.ignore(
                LintRule::PathLength,
                error.suggesting("\"max_path_len\": 1"),
            )?;
        }
        (0, false) => {
            let error = length.refuse(
                "cfssl reads 0 as no limit at all: only \"max_path_len_zero\": true makes it 0",
            );
            reader.ignore(
                LintRule::PathLength,
                error.suggesting("add \"max_path_len_zero\": true, or leave the 0 out"),
            )?;
        }
        (1.., true) => {
            let error = length.refuse("a path length, and \"max_path_len_zero\": true as well");
            reader.ignore(
                LintRule::PathLength,
                error.suggesting("keep one of the two"),
            )?;
        }
        _ => {}
    }
    Ok(constraint)
}
