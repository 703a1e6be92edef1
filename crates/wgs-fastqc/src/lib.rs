//! Quality control of FASTQ reads.
