//! The processor quota of control groups.

use std::fs;
use std::path::Path;

/// The least quota of the process's groups (`/proc/self/cgroup`) and of their parents, in processors; `None` without a
/// quota. In a container the path may not exist, and the root is the group's.
pub(super) fn quota(groups: &str, root: &Path) -> Option<f64> {
    let quotas = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        match controllers {
            "" => least(root, path, unified)
                .into_iter()
                .chain(least(&root.join("unified"), path, unified))
                .reduce(f64::min),
            _ if controllers.split(',').any(|name| name == "cpu") => {
                least(&root.join(controllers), path, legacy)
                    .or_else(|| least(&root.join("cpu"), path, legacy))
            }
            _ => None,
        }
    });
    quotas.reduce(f64::min)
}

/// The least quota between a group and the root.
fn least(root: &Path, path: &str, read: fn(&Path) -> Option<f64>) -> Option<f64> {
    let group = root.join(path.trim_start_matches('/'));
    group.ancestors().take_while(|folder| folder.starts_with(root)).filter_map(read).reduce(f64::min)
}

/// Version 2: `50000 100000`, or `max 100000`.
fn unified(folder: &Path) -> Option<f64> {
    let text = fs::read_to_string(folder.join("cpu.max")).ok()?;
    let (quota, period) = text.trim().split_once(' ')?;
    share(quota.parse().ok()?, period.parse().ok()?)
}

/// Version 1: in two files, with -1 for none.
fn legacy(folder: &Path) -> Option<f64> {
    share(number(&folder.join("cpu.cfs_quota_us"))?, number(&folder.join("cpu.cfs_period_us"))?)
}

fn number(file: &Path) -> Option<f64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

fn share(quota: f64, period: f64) -> Option<f64> {
    (quota > 0.0 && period > 0.0).then_some(quota / period)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files.
    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn version_two_has_the_least_of_all_groups_on_the_way() {
        let root = folder(&[
            ("a/cpu.max", "400000 100000\n"),
            ("a/b/cpu.max", "max 100000\n"),
            ("a/b/c/cpu.max", "600000 100000\n"),
        ]);
        assert_eq!(quota("0::/a/b/c\n", root.path()), Some(4.0));
        assert_eq!(quota("0::/\n", root.path()), None);
    }

    #[test]
    fn a_part_of_a_processor_is_a_quota_too() {
        let root = folder(&[("cpu.max", "25000 100000\n")]);
        // The view from the inside of a container, with a path that only exists outside.
        assert_eq!(quota("0::/\n", root.path()), Some(0.25));
        assert_eq!(quota("0::/kubepods/pod1\n", root.path()), Some(0.25));
    }

    #[test]
    fn version_one_has_two_files_and_several_names() {
        let files = |at: &str| {
            folder(&[
                (&format!("{at}/job/cpu.cfs_quota_us"), "150000\n"),
                (&format!("{at}/job/cpu.cfs_period_us"), "100000\n"),
                (&format!("{at}/cpu.cfs_quota_us"), "-1\n"),
                (&format!("{at}/cpu.cfs_period_us"), "100000\n"),
            ])
        };
        let groups = "12:memory:/job\n4:cpu,cpuacct:/job\n1:name=systemd:/\n0::/\n";
        assert_eq!(quota(groups, files("cpu,cpuacct").path()), Some(1.5));
        assert_eq!(quota(groups, files("cpu").path()), Some(1.5));
        assert_eq!(quota("4:cpuset:/job\n", files("cpu").path()), None, "another controller");
    }

    #[test]
    fn unreadable_quota_is_ignored() {
        let root = folder(&[("cpu.max", "nonsense")]);
        assert_eq!(quota("0::/\n", root.path()), None);
        assert_eq!(quota("", Path::new("/nowhere")), None);
    }
}
