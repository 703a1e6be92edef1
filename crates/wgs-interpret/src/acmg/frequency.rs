//! BA1, BS1 and PM2: how frequent the allele is.

use wgs_formats::{
    findings::{Evidence, Strength},
    variant::annotated::Frequency,
};

use super::{Asked, Said, benign, pathogenic};

/// Alleles that must have been looked at for BA1 (Ghosh et al. 2018).
const LEAST_ALLELES: u64 = 2000;

/// The highest frequency decides. PM2 is supporting, by ClinGen's advice of 2020, and met as well
/// where the sources do not know the allele.
pub(super) fn judge(asked: &Asked<'_>) -> Said {
    let options = asked.options;
    if !asked.has_frequencies {
        return Said::open("PM2/BS1/BA1", "the variants have no population frequencies");
    }
    let Some(highest) = options.frequency(asked.view) else {
        let text = "No population source that was asked has the allele.";
        return Said::met(pathogenic("PM2", Strength::Supporting, text, Vec::new()));
    };
    let evidence = vec![of(highest)];
    let enough = highest.total.is_none_or(|total| total >= LEAST_ALLELES);
    if highest.value >= options.ba1_from && enough {
        let text = format!("Frequency of {} or more in a population.", options.ba1_from);
        return Said::met(benign("BA1", Strength::StandAlone, text, evidence));
    }
    if highest.value >= options.bs1_from {
        let text = format!("Frequency of {} or more in a population.", options.bs1_from);
        return Said::met(benign("BS1", Strength::Strong, text, evidence));
    }
    if highest.value <= options.pm2_to {
        let text = format!("Frequency of {} or less in all populations.", options.pm2_to);
        return Said::met(pathogenic("PM2", Strength::Supporting, text, evidence));
    }
    Said::default()
}

fn of(frequency: &Frequency) -> Evidence {
    let mut value = frequency.value.to_string();
    if let (Some(count), Some(total)) = (frequency.count, frequency.total) {
        value.push_str(&format!(" ({count}/{total})"));
    }
    Evidence::new(frequency.name(), value)
}
