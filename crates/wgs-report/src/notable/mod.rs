//! Variants to look at first, chosen from an annotated VCF by fixed rules.
//!
//! Looked at is each alternative allele (of bases) that a *carrier* has: an affected person or the
//! proband; in a case that declares neither, or in files of other samples, any sample. An allele
//! that only an unaffected relative carries is no finding of the case. In a VCF without samples
//! every allele is looked at.
//!
//! The first rule that applies to an allele is its [`Reason`]:
//!
//! 1. A clinical source calls it pathogenic or likely pathogenic. The frequency does not matter,
//!    and neither do filters: a person must decide about such an allele even where its call is
//!    doubtful.
//! 2. Its impact is high, and it is not known to be common.
//! 3. Its impact is moderate, and it is not known to be common.
//! 4. Its impact is high, and it is common.
//!
//! Alleles for which rules 2 to 4 speak, but whose record failed a filter, are counted and not
//! listed. *Common* is an allele whose frequency in any population source reaches
//! [`Options::common_from`](crate::Options::common_from); without frequencies nothing is known to
//! be common. Within a rule the order is: records that pass before those that do not; pathogenic
//! before likely pathogenic; those that clinical sources call benign last; the more severe impact;
//! the rarer allele; homozygous or hemizygous before heterozygous carriers; then by position.

mod allele;
mod calls;
mod carriers;
mod effects;
mod rules;
mod select;
mod sources;

#[cfg(test)]
mod tests;

pub(crate) use select::select;
