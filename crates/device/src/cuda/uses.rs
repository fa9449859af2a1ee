//! Who uses a piece of memory, so that whoever comes next waits where it must.
//!
//! cudarc keeps one event for all readers of a buffer: where two streams read, only the later one is waited for before
//! the memory is written or freed. So each stream has an event of its own here, and cudarc's tracking is switched off.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cudarc::driver::{CudaEvent, CudaStream, DriverError, sys::CUevent_flags};

/// What a piece of work does with the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// The last work of every stream with one piece of memory.
#[derive(Debug)]
pub(super) struct Uses {
    flags: CUevent_flags,
    uses: Mutex<Vec<Use>>,
}

#[derive(Debug)]
struct Use {
    /// Held, so that no later stream gets the same handle.
    stream: Arc<CudaStream>,
    access: Access,
    /// Recorded after the work.
    event: CudaEvent,
    /// Whether anyone has to wait for it still.
    pending: bool,
}

impl Uses {
    /// Of memory on a device, which other streams wait for.
    pub(super) fn by_streams() -> Self {
        Self { flags: CUevent_flags::CU_EVENT_DISABLE_TIMING, uses: Mutex::default() }
    }

    /// Of memory on the host, where a thread waits; it sleeps meanwhile.
    pub(super) fn by_threads() -> Self {
        Self { flags: CUevent_flags::CU_EVENT_BLOCKING_SYNC, uses: Mutex::default() }
    }

    /// Lets `stream` wait for whatever must be done before it may use the memory.
    pub(super) fn before(&self, access: Access, stream: &Arc<CudaStream>) -> Result<(), DriverError> {
        let uses = self.lock();
        // work of one stream is in order by itself
        let others = uses.iter().filter(|other| other.pending && !Arc::ptr_eq(&other.stream, stream));
        for other in others.filter(|other| access == Access::Write || other.access == Access::Write) {
            stream.wait(&other.event)?;
        }
        Ok(())
    }

    /// Notes work that was put into `stream` just now. Where that fails, the work has ended.
    pub(super) fn after(&self, access: Access, stream: &Arc<CudaStream>) -> Result<(), DriverError> {
        self.note(access, stream).inspect_err(|_| {
            let _ = insist(|| stream.synchronize());
        })
    }

    fn note(&self, access: Access, stream: &Arc<CudaStream>) -> Result<(), DriverError> {
        let mut uses = self.lock();
        let own = uses.iter_mut().find(|own| own.access == access && Arc::ptr_eq(&own.stream, stream));
        if let Some(own) = own {
            own.event.record(stream)?;
            own.pending = true;
        } else {
            let event = stream.record_event(Some(self.flags))?;
            // streams that nobody else has any more and that are done
            uses.retain(|old| {
                Arc::strong_count(&old.stream) > 1 || (old.pending && !old.event.is_complete())
            });
            uses.push(Use { stream: stream.clone(), access, event, pending: true });
        }
        if access == Access::Write {
            // it came after all the others, so who waits for it waits for them as well
            for other in uses.iter_mut() {
                other.pending = other.access == access && Arc::ptr_eq(&other.stream, stream);
            }
        }
        Ok(())
    }

    /// Waits until nothing uses the memory any more.
    pub(super) fn end(&self) -> Result<(), DriverError> {
        let mut outcome = Ok(());
        for pending in self.lock().iter_mut().filter(|pending| pending.pending) {
            match insist(|| pending.event.synchronize()) {
                Ok(()) => pending.pending = false,
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Use>> {
        // nothing here panics half-way
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a call that must be made. cudarc keeps errors of destructors and hands them to the next call, which is then
/// not made: so that one is tried again. The first error is what comes out.
pub(super) fn insist(call: impl Fn() -> Result<(), DriverError>) -> Result<(), DriverError> {
    call().inspect_err(|_| {
        let _ = call();
    })
}
