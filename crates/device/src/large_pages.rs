//! Large pages for buffers that are streamed through again and again.

/// Asks the operating system to back the capacity of a large buffer, so far unused, with large pages. Reading then
/// needs a 512th of the address translations. A hint: nothing happens where the
/// system has no such pages, and contents stay as they are.
///
/// ```
/// let mut buffer: Vec<u64> = Vec::with_capacity(1 << 20);
/// soyaku_device::prefer_large_pages(&buffer);
/// buffer.resize(1 << 20, 0);
/// ```
pub fn prefer_large_pages<T>(buffer: &Vec<T>) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        let start = buffer.as_ptr().addr().next_multiple_of(PAGE);
        let end = (buffer.as_ptr().addr() + buffer.capacity() * size_of::<T>()) / PAGE * PAGE;
        if end > start {
            let pages = buffer.as_ptr().with_addr(start).cast_mut().cast();
            // SAFETY: the pages lie within the buffer's allocation, and the advice changes neither their contents nor
            // how they may be accessed. Its failure (no such pages here) is of no consequence.
            unsafe { libc::madvise(pages, end - start, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = buffer;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_and_capacity_stay() {
        for capacity in [0, 1, 511, 4096, 3 << 20] {
            let mut buffer: Vec<u16> = Vec::with_capacity(capacity);
            buffer.extend(0..capacity.min(1000) as u16);
            let (before, address) = (buffer.clone(), buffer.as_ptr());
            prefer_large_pages(&buffer);
            assert_eq!(buffer, before);
            buffer.resize(capacity, 7);
            assert_eq!(buffer.as_ptr(), address);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_system_knows_of_it() {
        if !std::path::Path::new("/sys/kernel/mm/transparent_hugepage/enabled").exists() {
            return;
        }
        let buffer: Vec<u64> = Vec::with_capacity(4 << 20);
        prefer_large_pages(&buffer);
        let inside = buffer.as_ptr().addr() + (16 << 20);
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut flags = None;
        let mut found = false;
        for line in maps.lines() {
            let range = line.split(' ').next().and_then(|range| range.split_once('-'));
            let bounds = range.and_then(|(from, to)| {
                Some(usize::from_str_radix(from, 16).ok()?..usize::from_str_radix(to, 16).ok()?)
            });
            if let Some(bounds) = bounds {
                found = bounds.contains(&inside);
            } else if let (true, Some(set)) = (found, line.strip_prefix("VmFlags:")) {
                flags = Some(set.to_owned());
            }
        }
        let flags = flags.unwrap();
        assert!(flags.split(' ').any(|flag| flag == "hg"), "{flags}");
    }
}
