//! Commands on a GPU, which is emulated: the same bytes as on the CPU, and what becomes of faults.

use soyaku_emulation::{Emulation, Machine, Mode};

use crate::harness::{Run, Scratch, bytes, json, shipped, text};

fn machine() -> Machine {
    Emulation::build().expect("the emulated device").machine(Mode::Plain)
}

/// ESOL as a library with two kinds of fingerprints, and some of its compounds as queries.
fn esol() -> Scratch {
    let scratch = Scratch::new();
    let esol = shipped("esol.csv");
    let build = ["library", "build", text(&esol), "--smiles-column", "smiles", "-o", "esol.h5"];
    scratch.ok(&[&build[..], &["--fingerprint", "morgan2_2048", "--fingerprint", "maccs"]].concat());
    scratch
        .write("q.smi", "CCO ethanol\nc1ccccc1O phenol\nC1CC open\nCCCCCCCC(=O)O octanoic acid\nC methane\n");
    scratch
}

/// `screen --like` of ESOL in batches of 100 into a folder.
fn screen(folder: &str) -> [&str; 9] {
    ["screen", "esol.h5", "--like", "q.smi", "--batch-size", "100", "-o", folder, "--device"]
}

/// What a screen leaves for its reader.
fn results(scratch: &Scratch, folder: &str) -> [Vec<u8>; 2] {
    ["results.h5", "hits.csv"].map(|name| bytes(&scratch.path(folder).join(name)))
}

fn similar(kind: &'static str) -> [&'static str; 8] {
    ["similar", "esol.h5", "--query", "q.smi", "--fingerprint", kind, "--batch-size", "500"]
}

#[test]
fn similar_has_the_bytes_of_the_cpu() {
    let scratch = esol();
    let one = machine();
    for kind in ["morgan2_2048", "maccs"] {
        for selection in [["--top", "9"], ["--threshold", "0.3"], ["--threshold", "0"]] {
            let asked = [&similar(kind)[..], &selection].concat();
            let expected = scratch.ok(&[&asked[..], &["--device", "cpu"]].concat()).stdout();
            let on = |machine: &Machine, extra: &[&str]| {
                let run = scratch.on(machine, &[&asked[..], extra].concat());
                run.expect_code(0).expect_message(&["cuda:0"]);
                assert_eq!(run.stdout(), expected, "{kind} {selection:?} {extra:?}");
            };
            on(&one, &["--device", "cuda"]);
            on(&one, &[]);
            // Little more than tiles of 128 queries and 128 rows of 2,048 bits take, with what they find.
            on(&one, &["--device", "cuda:0", "--device-memory", "512KiB"]);
            on(&one.clone().devices(2), &["--device", "cuda:all"]);
        }
    }
}

#[test]
fn a_screen_has_the_bytes_of_the_cpu() {
    let scratch = esol();
    scratch.ok(&[&screen("cpu")[..], &["cpu"]].concat());
    let expected = results(&scratch, "cpu");
    let on = |machine: &Machine, folder: &str, device: &[&str]| {
        let run = scratch.on(machine, &[&screen(folder)[..], device].concat());
        run.expect_code(0);
        assert!(results(&scratch, folder) == expected, "{device:?}");
        json(&scratch.path(folder).join("run.json"))["execution"]["device"].as_str().map(str::to_owned)
    };
    assert!(on(&machine(), "one", &["cuda"]).is_some_and(|device| device.starts_with("cuda:0")));
    assert!(on(&machine(), "auto", &["auto"]).is_some_and(|device| device.starts_with("cuda:0")));
    on(&machine(), "little", &["cuda", "--device-memory", "256KiB"]);
    let both = on(&machine().devices(2), "two", &["cuda:all"]);
    assert!(both.is_some_and(|devices| devices.contains("cuda:0") && devices.contains("cuda:1")));
}

#[test]
fn a_device_that_is_lost_costs_nothing_that_was_computed() {
    let scratch = esol();
    scratch.ok(&[&screen("whole")[..], &["cpu"]].concat());
    let expected = results(&scratch, "whole");
    for (folder, device) in [("lost", "cuda"), ("lost-auto", "auto")] {
        let asked = [&screen(folder)[..], &[device]].concat();
        // An illegal address in the seventh launch.
        let run = scratch.on(&machine().fault("launch:7=700"), &asked);
        run.expect_code(75).expect_message(&["CUDA_ERROR_ILLEGAL_ADDRESS", "start it again"]);
        assert!(!scratch.path(folder).join("hits.csv").exists());
        let again = scratch.on(&machine(), &asked);
        again.expect_code(0);
        let resumed = json(&scratch.path(folder).join("run.json"))["counts"]["resumed"].as_u64();
        assert!(resumed >= Some(100) && resumed < Some(1128), "{resumed:?}");
        assert!(results(&scratch, folder) == expected, "{device}");
    }
    let search = [&similar("morgan2_2048")[..], &["--top", "3", "-o", "hits.csv"]].concat();
    let run = scratch.on(&machine().fault("launch:2=719"), &search);
    run.expect_code(75).expect_message(&["CUDA_ERROR_LAUNCH_FAILED"]);
    assert!(!scratch.path("hits.csv").exists());
}

#[test]
fn no_memory_on_the_device_is_the_cpu_for_auto_and_69_for_cuda() {
    let scratch = esol();
    scratch.ok(&[&screen("cpu")[..], &["cpu"]].concat());
    let search = [&similar("morgan2_2048")[..], &["--top", "5"]].concat();
    let expected = scratch.ok(&search).stdout();
    let full = machine().fault("alloc=2");
    let device = |name| [&search[..], &["--device", name]].concat();
    scratch.on(&full, &device("cuda")).expect_code(69).expect_message(&["OUT_OF_MEMORY", "--device-memory"]);
    let auto = scratch.on(&full, &device("auto"));
    auto.expect_code(0).expect_message(&["going on with the CPU", "OUT_OF_MEMORY"]);
    assert_eq!(auto.stdout(), expected);

    let screen_on = |name| scratch.on(&full, &[&screen(name)[..], &[name]].concat());
    screen_on("cuda").expect_code(69).expect_message(&["OUT_OF_MEMORY"]);
    let auto = screen_on("auto");
    auto.expect_code(0).expect_message(&["going on with the CPU"]);
    assert_eq!(auto.stderr().matches("going on with the CPU").count(), 1, "told once");
    assert!(results(&scratch, "auto") == results(&scratch, "cpu"));
    assert_eq!(json(&scratch.path("auto/run.json"))["execution"]["device"], "cpu");

    // Too little for even one tile.
    let run = scratch.on(&machine(), &[&device("cuda")[..], &["--device-memory", "64"]].concat());
    run.expect_code(69).expect_message(&["64 B", "--device-memory"]);
    scratch.run(&[&search[..], &["--device-memory", "lots"]].concat()).expect_code(2);
}

#[test]
fn a_device_that_cannot_be_had_is_the_cpu_for_auto_and_69_for_cuda() {
    let scratch = esol();
    let search = [&similar("maccs")[..], &["--top", "2"]].concat();
    let expected = scratch.ok(&search).stdout();
    let faults: [(Machine, &str); 5] = [
        (machine().fault("cuDevicePrimaryCtxRetain=46"), "holds the device exclusively"),
        (machine().variable("SOYAKU_EMULATED_COMPUTE_MODE", "2"), "prohibited"),
        (machine().without_driver(), "libcuda.so.1 was not found"),
        (machine().without_nvrtc(), "no usable NVRTC"),
        (machine().variable("CUDA_VISIBLE_DEVICES", "-1"), "CUDA_VISIBLE_DEVICES='-1'"),
    ];
    for (machine, reason) in faults {
        let on = |device| scratch.on(&machine, &[&search[..], &["--device", device]].concat());
        on("cuda").expect_code(69).expect_message(&["is unavailable", reason]);
        let auto = on("auto");
        auto.expect_code(0).expect_message(&[reason]);
        assert_eq!(auto.stdout(), expected, "{reason}");
        let told = auto.stderr().lines().filter(|line| line.contains(reason)).count();
        assert_eq!(told, 1, "one line says why: {}", auto.stderr());
        let doctor = scratch.on(&machine, &["doctor", "--require", "cuda"]);
        doctor.expect_code(69).expect_message(&["is unavailable"]);
    }
}

#[test]
fn doctor_shows_what_it_found() {
    let scratch = Scratch::new();
    let report = |run: Run| -> serde_json::Value {
        run.expect_code(0);
        serde_json::from_str(&run.stdout()).expect("JSON")
    };
    let two = machine().devices(2);
    let found = report(scratch.on(&two, &["doctor", "--json", "--require", "cuda"]));
    let cuda = &found["cuda"];
    assert_eq!((&cuda["usable"], &cuda["driver_version"]), (&true.into(), &"12.4".into()), "{cuda}");
    assert!(cuda["driver_library"].as_str().is_some_and(|path| path.contains("libcuda.so")), "{cuda}");
    let devices = cuda["devices"].as_array().expect("devices");
    assert_eq!(devices.len(), 2);
    assert_eq!((&devices[1]["id"], &devices[1]["compute_capability"]), (&"cuda:1".into(), &"9.0".into()));
    assert!(devices[0]["uuid"].as_str().is_some_and(|uuid| uuid.starts_with("GPU-")), "{cuda}");
    assert!(devices[0]["memory_bytes"].as_u64() > Some(1 << 20), "{cuda}");
    assert_eq!(found["nvrtc"]["version"], "12.9");
    assert!(found["kernel_cache"]["folder"].is_string(), "{found}");

    let lines = scratch.on(&two, &["doctor"]).stdout();
    assert!(lines.contains("cuda:1: "), "{lines}");
    let slice = scratch.on(&machine().variable("SOYAKU_EMULATED_MIG", "1"), &["doctor", "--require", "cuda"]);
    slice.expect_code(0);
    assert!(slice.stdout().contains(", a slice (MIG), "), "{}", slice.stdout());
    let taken = scratch.on(&machine().fault("cuDevicePrimaryCtxRetain=46"), &["doctor"]);
    assert!(taken.stdout().contains("cannot be used: "), "{}", taken.stdout());
    let newer = scratch.on(&machine().nvrtc_13(), &["doctor"]);
    assert!(newer.stdout().lines().any(|line| line.starts_with("missing  nvrtc")), "{}", newer.stdout());
}

#[test]
fn a_start_is_told_in_the_order_of_its_stages() {
    let scratch = esol();
    let search = [&similar("morgan2_2048")[..], &["--top", "2", "-o", "hits.csv"]].concat();
    let run = scratch.on(&machine(), &[&search[..], &["--timings"]].concat());
    run.expect_code(0);
    let told = run.stderr();
    let place = |text: &str| told.find(text).unwrap_or_else(|| panic!("{text} is not in {told}"));
    // The queries were read first, and what there is to say of them comes after the device.
    assert!(place("computing on cuda:0") < place("row 2 (line 3) left out"), "{told}");
    assert!(place("left out") < place("compounds compared with"), "{told}");
    let stages =
        ["driver started", "cuda:0 opened", "tanimoto_many ", "queries put on the device", "hits written"];
    assert!(stages.map(place).is_sorted(), "{told}");
    place("library opened and queries read");

    let run = scratch.on(&machine(), &[&search[..], &["--log-format", "json"]].concat());
    let line = run.stderr().lines().last().map(str::to_owned).expect("a last line");
    let event: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let stages = event["stages"].as_array().expect("stages");
    let ended = |stage: &serde_json::Value| stage["ended"].as_f64() >= stage["began"].as_f64();
    assert!(stages.len() > 6 && stages.iter().all(ended), "{event}");

    // An error of the library comes after the device, too, and one of the device comes alone.
    let missing = ["similar", "none.h5", "--query", "q.smi", "--top", "2"];
    let run = scratch.on(&machine(), &missing);
    run.expect_code(66).expect_message(&["computing on cuda:0", "none.h5: no such file"]);
    let run = scratch.on(&machine().without_driver(), &[&missing[..], &["--device", "cuda"]].concat());
    run.expect_code(69).expect_message(&["libcuda.so.1 was not found"]);
    assert!(!run.stderr().contains("none.h5"), "{}", run.stderr());
}

#[test]
fn kernels_are_compiled_ahead() {
    let scratch = esol();
    let compile = |machine: &Machine, named: &str| scratch.on(machine, &["doctor", named]);
    compile(&machine(), "--compile").expect_code(0).expect_message(&["compute capability 9.0: "]);
    // By now all of them are there, for a machine without a device, too.
    let run = compile(&machine().without_driver(), "--compile=9.0");
    run.expect_code(0).expect_message(&["compute capability 9.0: 0 kernels compiled in 0.0 s"]);
    let search = [&similar("morgan2_2048")[..], &["--top", "2", "-o", "hits.csv", "--timings"]].concat();
    let run = scratch.on(&machine(), &search);
    run.expect_code(0).expect_message(&["tanimoto_many read from the cache"]);
    assert!(!run.stderr().contains("NVRTC loaded"), "{}", run.stderr());

    let nothing = compile(&machine().without_driver(), "--compile");
    nothing.expect_code(69).expect_message(&["libcuda.so.1 was not found", "such as --compile=9.0"]);
    compile(&machine(), "--compile=6.1").expect_code(2).expect_message(&["7.0 or later"]);
    let nowhere = machine().variable("SOYAKU_CACHE_SIZE", "0");
    compile(&nowhere, "--compile=9.0").expect_code(74).expect_message(&["cannot be kept"]);
    let own = scratch.path("small");
    let small = machine()
        .variable("SOYAKU_CACHE_SIZE", "1KiB")
        .variable("SOYAKU_CACHE_DIR", own.to_str().expect("UTF-8"));
    let few = compile(&small, "--compile=9.0");
    few.expect_code(74).expect_message(&["does not fit into the 1 KiB", "compiled kernels are not in"]);
    compile(&machine(), "--compile=15.2").expect_code(69).expect_message(&["sm_152"]);
}
