//! Safe code cannot make a device or the host use memory that is freed, or read it while it is written: whatever
//! streams, threads and devices it mixes. On an emulated machine where nothing runs before something waits for it.
#![allow(clippy::unwrap_used)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use soyaku_device::cuda::{Buffer, Kernel, Stream};
use soyaku_device::{ComputeCapability, Device, Entry, Gpu, Parameter, Scalar, Source};
use soyaku_emulation::{Emulation, Mode};

const N: usize = 1000;

static SOURCE: Source = Source {
    name: "tests/streams.cu",
    text: r#"
        extern "C" __global__ void __launch_bounds__(64) twice(const unsigned *in, unsigned *out, unsigned n) {
            for (unsigned i = threadIdx.x; i < n; i += 64) out[i] = 2 * in[i];
        }
    "#,
    headers: &[],
    options: &[],
    specific: None,
    entries: &[Entry {
        name: "twice",
        parameters: &[
            Parameter::Input(Scalar::U32),
            Parameter::Output(Scalar::U32),
            Parameter::Value(Scalar::U32),
        ],
        threads: 64,
        minimum: ComputeCapability::OLDEST,
    }],
};

macro_rules! on_a_machine_that_puts_everything_off {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let machine = Emulation::build().unwrap().machine(Mode::Address).lazy().devices(2).no_leaks();
            // with memory that is freed in the order of a stream's work, and at once
            for pools in ["1", "0"] {
                let machine = machine.clone().variable("SOYAKU_EMULATED_POOLS", pools);
                let machine = machine.variable("SOYAKU_TEST_DEVICE", "cuda:0,1");
                machine.pass_exactly(concat!("inside::", stringify!($name)));
            }
        }
    )*};
}

on_a_machine_that_puts_everything_off! {
    a_write_waits_for_readers_on_every_stream
    memory_is_freed_after_readers_on_every_stream
    a_stream_may_go_before_its_memory
    page_locked_memory_waits_for_every_copy
    memory_of_one_device_is_nothing_for_another
    any_thread_may_drop_anything
    no_length_wraps_around
    a_name_does_not_stand_for_another_source
}

fn gpus() -> Vec<Gpu> {
    let request = std::env::var("SOYAKU_TEST_DEVICE").unwrap().parse().unwrap();
    Device::open(request, Some(1)).unwrap().gpus().to_vec()
}

fn run(kernel: &Kernel, stream: &Stream, input: &Buffer<u32>, output: &mut Buffer<u32>) {
    let launch = kernel.launch(stream).input(input).output(output).value(N as u32);
    // SAFETY: both have N elements.
    unsafe { launch.run() }.unwrap();
}

fn all(stream: &Stream, buffer: &Buffer<u32>, expected: u32) {
    let mut values = vec![0; N];
    stream.read(buffer, &mut values).unwrap();
    assert_eq!(values, [expected; N]);
}

/// Each runs in a process of its own: what is lost with a device concerns no other.
mod inside {
    use super::*;

    #[test]
    #[ignore = "run by the test of the same name"]
    fn a_write_waits_for_readers_on_every_stream() {
        let gpu = &gpus()[0];
        let kernel = gpu.kernel(&SOURCE, "twice").unwrap();
        let [first, second] = [(); 2].map(|()| gpu.stream().unwrap());
        let mut shared = second.copy_of(&[1_u32; N]).unwrap();
        let [mut one, mut other] = [&first, &second].map(|stream| stream.zeros::<u32>(N).unwrap());
        run(&kernel, &first, &shared, &mut one);
        run(&kernel, &second, &shared, &mut other);
        second.write(&[5; N], &mut shared, 0).unwrap();
        all(&first, &one, 2);
        all(&second, &other, 2);
        all(&first, &shared, 5);
    }

    #[test]
    #[ignore = "run by the test of the same name"]
    fn memory_is_freed_after_readers_on_every_stream() {
        let gpu = &gpus()[0];
        let kernel = gpu.kernel(&SOURCE, "twice").unwrap();
        let [first, second] = [(); 2].map(|()| gpu.stream().unwrap());
        let shared = second.copy_of(&[1_u32; N]).unwrap();
        let [mut one, mut other] = [&first, &second].map(|stream| stream.zeros::<u32>(N).unwrap());
        run(&kernel, &first, &shared, &mut one);
        run(&kernel, &second, &shared, &mut other);
        drop(shared);
        second.synchronize().unwrap();
        all(&first, &one, 2);
        all(&second, &other, 2);
    }

    #[test]
    #[ignore = "run by the test of the same name"]
    fn a_stream_may_go_before_its_memory() {
        let gpu = &gpus()[0];
        let kernel = gpu.kernel(&SOURCE, "twice").unwrap();
        let last = gpu.stream().unwrap();
        let mut shared = last.copy_of(&[1_u32; N]).unwrap();
        let mut outputs: Vec<_> = (0..5).map(|_| last.zeros::<u32>(N).unwrap()).collect();
        for output in &mut outputs {
            run(&kernel, &gpu.stream().unwrap(), &shared, output);
        }
        last.clear(&mut shared).unwrap();
        for output in &outputs {
            all(&last, output, 2);
        }
    }

    #[test]
    #[ignore = "run by the test of the same name"]
    fn page_locked_memory_waits_for_every_copy() {
        let gpu = &gpus()[0];
        let [first, second] = [(); 2].map(|()| gpu.stream().unwrap());
        let mut pinned = gpu.pinned::<u32>(N).unwrap();
        let [mut one, mut other] = [&first, &second].map(|stream| stream.zeros::<u32>(N).unwrap());
        for round in 1..20 {
            pinned.as_mut_slice().unwrap().fill(round);
            // two threads that copy from it at the same time
            std::thread::scope(|scope| {
                scope.spawn(|| first.upload(&pinned, N, &mut one, 0).unwrap());
                scope.spawn(|| second.upload(&pinned, N, &mut other, 0).unwrap());
            });
            pinned.as_mut_slice().unwrap().fill(0);
            all(&first, &one, round);
            all(&second, &other, round);
        }
        first.download(&one, N, &mut pinned).unwrap();
        assert_eq!(pinned.as_slice().unwrap(), [19; N]);
        first.download(&one, N, &mut pinned).unwrap();
        drop(pinned);
        first.synchronize().unwrap();
    }

    #[test]
    #[ignore = "run by the test of the same name"]
    fn memory_of_one_device_is_nothing_for_another() {
        let [here, there] = <[Gpu; 2]>::try_from(gpus()).unwrap();
        let (stream, other) = (here.stream().unwrap(), there.stream().unwrap());
        let mut buffer = stream.copy_of(&[1_u32; N]).unwrap();
        let mut pinned = here.pinned::<u32>(N).unwrap();
        let mut theirs = other.zeros::<u32>(N).unwrap();
        let refused = |work: &mut dyn FnMut()| {
            let panic = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
            let message = panic.downcast::<String>().unwrap();
            assert!(message.contains("of cuda:0 in a stream of cuda:1"), "{message}");
        };
        refused(&mut || other.write(&[1], &mut buffer, 0).unwrap());
        refused(&mut || other.read(&buffer, &mut [0]).unwrap());
        refused(&mut || other.clear(&mut buffer).unwrap());
        refused(&mut || other.upload(&pinned, N, &mut theirs, 0).unwrap());
        refused(&mut || other.download(&theirs, N, &mut pinned).unwrap());

        let kernel = there.kernel(&SOURCE, "twice").unwrap();
        let launch = kernel.launch(&other).input(&buffer).output(&mut theirs).value(N as u32);
        // SAFETY: it is refused.
        let message = unsafe { launch.run() }.unwrap_err().to_string();
        assert!(message.contains("memory of cuda:0 in a stream of cuda:1"), "{message}");
        let mut ours = stream.zeros::<u32>(N).unwrap();
        let launch = kernel.launch(&stream).input(&buffer).output(&mut ours).value(N as u32);
        // SAFETY: it is refused.
        let message = unsafe { launch.run() }.unwrap_err().to_string();
        assert!(message.contains("loaded on cuda:1, in a stream of cuda:0"), "{message}");
    }

    #[test]
    #[ignore = "run by the test of the same name"]
    fn any_thread_may_drop_anything() {
        let [here, there] = <[Gpu; 2]>::try_from(gpus()).unwrap();
        let stream = here.stream().unwrap();
        let [one, other] = [(); 2].map(|()| stream.copy_of(&[1_u32; N]).unwrap());
        let pinned = here.pinned::<u32>(N).unwrap();
        // one that uses no device, and one that uses another
        std::thread::scope(|scope| scope.spawn(move || drop((one, pinned))).join()).unwrap();
        let elsewhere = there.stream().unwrap();
        std::thread::scope(|scope| scope.spawn(|| elsewhere.synchronize().map(|()| drop(other))).join())
            .unwrap()
            .unwrap();
        stream.synchronize().unwrap();
        elsewhere.synchronize().unwrap();
    }

    #[test]
    #[ignore = "run by the test of the same name"]
    fn no_length_wraps_around() {
        let gpu = &gpus()[0];
        let stream = gpu.stream().unwrap();
        let huge = (1_usize << 61) + 1;
        assert!(stream.zeros::<u64>(huge).unwrap_err().is_out_of_memory());
        assert!(gpu.pinned::<u64>(huge).unwrap_err().is_out_of_memory());
    }

    #[test]
    #[ignore = "run by the test of the same name"]
    fn a_name_does_not_stand_for_another_source() {
        static OTHER: Source = Source {
            text: "extern \"C\" __global__ void other(unsigned n) {}",
            entries: &[Entry {
                name: "other",
                parameters: &[Parameter::Value(Scalar::U32)],
                threads: 32,
                minimum: ComputeCapability::OLDEST,
            }],
            ..SOURCE
        };
        let gpu = &gpus()[0];
        gpu.kernel(&SOURCE, "twice").unwrap();
        gpu.kernel(&OTHER, "other").unwrap();
    }
}
