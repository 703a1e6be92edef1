//! Bundles that are made, changed, damaged.

use super::{manifest::Manifest, *};

fn fasta(root: &Path) -> PathBuf {
    genome_in(&root.join(Part::Genome.folder()))
}

fn sealed() -> (tempfile::TempDir, Bundle) {
    let folder = tempfile::tempdir().unwrap();
    output::create_folder(&folder.path().join("genome")).unwrap();
    output::write(&fasta(folder.path()), ">a\nACGT\n").unwrap();
    let bundle = Bundle::seal(folder.path(), "0", "test 1", Vec::new(), Vec::new()).unwrap();
    (folder, bundle)
}

#[test]
fn a_sealed_bundle_verifies() {
    let (_folder, bundle) = sealed();
    assert_eq!(bundle.manifest().files[0].path, "genome/genome.fa");
    bundle.verify().unwrap();
}

#[test]
fn a_part_has_a_digest_of_its_own() {
    let (folder, bundle) = sealed();
    output::create_folder(&folder.path().join("genes")).unwrap();
    output::write(&folder.path().join("genes/store"), "x").unwrap();
    let more = Bundle::seal(folder.path(), "0", "test 1", Vec::new(), Vec::new()).unwrap();
    assert_eq!(more.input(Part::Genome), bundle.input(Part::Genome));
    assert_ne!(more.input(Part::Genes).digest, bundle.input(Part::Genes).digest);
}

#[test]
fn a_source_is_replaced_and_nothing_else() {
    let (folder, bundle) = sealed();
    let genome = bundle.input(Part::Genome);
    let origin = |sha256: &str| Origin {
        name: "db".into(),
        file: "db.vcf".into(),
        sha256: sha256.into(),
        version: None,
        licence: Some("CC0".into()),
        restricted: false,
        accepted_by: None,
    };
    drop(bundle);
    let open = || Bundle::open(folder.path()).unwrap();
    let put = |content: &str| {
        let bundle = Bundle::open_to_replace(folder.path(), "db").unwrap();
        let built = folder.path().join("sources/.db.new");
        output::create_folder(&built).unwrap();
        output::write(&built.join("store"), content).unwrap();
        bundle.put_source(&built, origin(content)).unwrap();
    };
    put("x");
    put("xy");
    let twice = open();
    assert_eq!(twice.manifest().sources, ["db"]);
    assert_eq!(twice.manifest().origins, [origin("xy")]);
    let paths: Vec<&str> = twice.manifest().files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(paths, ["genome/genome.fa", "sources/db/store"]);
    twice.verify().unwrap();
    assert_eq!(twice.input(Part::Genome), genome);
    let in_use = Bundle::open_to_replace(folder.path(), "db").unwrap_err();
    assert_eq!(in_use.kind(), ErrorKind::Permission);
    let built = folder.path().join("sources/.db.new");
    assert_eq!(twice.put_source(&built, origin("z")).unwrap_err().kind(), ErrorKind::Permission);
    drop(twice);

    fs::remove_file(folder.path().join("sources/db/store")).unwrap();
    assert!(Bundle::open(folder.path()).is_err());
    put("xyz");
    open().verify().unwrap();
}

#[test]
fn a_change_that_did_not_end_is_told_whatever_the_sizes() {
    let (folder, bundle) = sealed();
    drop(bundle);
    let origin = Origin {
        name: "db".into(),
        file: "db.vcf".into(),
        sha256: "0".into(),
        restricted: true,
        accepted_by: Some("the site".into()),
        ..Origin::default()
    };
    let built = folder.path().join("sources/.db.new");
    let put = || {
        output::create_folder(&built).unwrap();
        output::write(&built.join("store"), "x").unwrap();
        Bundle::open_to_replace(folder.path(), "db")?.put_source(&built, origin.clone())
    };
    let whole = put().unwrap().manifest().clone();
    let half = Manifest { changing: Some("db".into()), ..whole };
    write_manifest(folder.path(), &half).unwrap();
    let error = Bundle::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("the source db was being changed"), "{error}");
    assert!(Bundle::open_to_replace(folder.path(), "other").is_err());
    drop(put().unwrap());
    let bundle = Bundle::open(folder.path()).unwrap();
    let terms: Vec<_> = bundle.restricted().filter_map(Origin::terms).collect();
    assert_eq!(terms, ["restricted use (restricted, accepted by the site)"]);
    drop(bundle);
    write_manifest(folder.path(), &half).unwrap();
    let to_remove = || Bundle::open_to_replace(folder.path(), "db").unwrap();
    let removed = to_remove().remove_source("db").unwrap();
    assert!(removed.manifest().sources.is_empty() && removed.manifest().origins.is_empty());
    assert!(!folder.path().join("sources/db").exists());
    drop(removed);
    // A source that was being added for the first time.
    let half = Manifest {
        changing: Some("db".into()),
        ..Bundle::open(folder.path()).unwrap().manifest().clone()
    };
    write_manifest(folder.path(), &half).unwrap();
    drop(to_remove().remove_source("db").unwrap());
    Bundle::open(folder.path()).unwrap();
    let none = to_remove().remove_source("db");
    assert_eq!(none.unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn changed_files_are_found() {
    let (folder, bundle) = sealed();
    output::write(&fasta(folder.path()), ">a\nACGA\n").unwrap();
    assert_eq!(bundle.verify().unwrap_err().kind(), ErrorKind::InvalidInput);
    output::write(&fasta(folder.path()), ">a\nACG\n").unwrap();
    assert!(Bundle::open(folder.path()).unwrap_err().to_string().contains("has 7 bytes"));
    fs::remove_file(fasta(folder.path())).unwrap();
    assert_eq!(Bundle::open(folder.path()).unwrap_err().kind(), ErrorKind::NotFound);
}
