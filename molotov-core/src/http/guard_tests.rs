//! Decisions about names and addresses. Nothing is sent.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The host of a URL, as the parser of targets returns it.
fn host(text: &str) -> Host<String> {
    Target::parse(&format!("http://{text}")).unwrap().endpoint.host.clone()
}

/// The guard of a user that has allowed everything that can be allowed: by the name of the host, and the address.
fn most_allowing(host: &Host<String>, ip: IpAddr) -> Guard {
    Guard::new(vec![host.to_string(), address(ip)])
}

/// One of each cloud.
const METADATA: &[&str] = &[
    "169.254.169.254",
    "169.254.169.252",
    "169.254.170.2",
    "169.254.170.23",
    "169.254.130.2",
    "169.254.42.42",
    "169.254.0.23",
    "169.254.10.10",
    "100.100.100.200",
    "100.96.0.96",
    "100.80.80.80",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:c1::a9fe:a9fe",
    "fd00:42::42",
    "fd00:a9fe:a9fe::1",
    "fd00:100::100:200",
    "fe80::a9fe:a9fe",
];

/// The address in each form of IPv6 that has room for it.
fn forms(v4: Ipv4Addr) -> Vec<IpAddr> {
    let [a, b, c, d] = v4.octets();
    let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    [
        v4.to_ipv6_mapped(),
        v4.to_ipv6_compatible(),
        Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
        Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
        Ipv6Addr::new(0x64, 0xff9b, 1, high, u16::from(c), u16::from(d) << 8, 0, 0),
        Ipv6Addr::new(0x64, 0xff9b, 1, 0x700 + u16::from(a), u16::from(b), low, 0, 0),
        Ipv6Addr::new(0x64, 0xff9b, 1, 7, u16::from(a), (v4.to_bits() >> 8) as u16, u16::from(d) << 8, 0),
        Ipv6Addr::new(0x2002, high, low, 7, 0, 0, 0, 1),
        Ipv6Addr::new(0x2001, 0, high, low, 0, 1, 2, 3),
        Ipv6Addr::new(0x2001, 0, 1, 2, 0, 1, !high, !low),
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0x5efe, high, low),
        Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0x200, 0x5efe, high, low),
    ]
    .map(IpAddr::V6)
    .to_vec()
}

#[test]
fn metadata_services_are_always_blocked() {
    for text in METADATA {
        let metadata = ip(text);
        let mut all = vec![metadata];
        if let IpAddr::V4(v4) = metadata {
            all.extend(forms(v4));
        }
        for ip in all {
            for host in [host("shop.example"), host(&address(ip))] {
                let guard = most_allowing(&host, ip);
                for checked in [guard.check(&host, ip), guard.check_named(&host, ip)] {
                    let error = checked.unwrap_err();
                    assert_eq!(error.kind(), FailureKind::BlockedHost, "{ip}");
                    assert!(error.to_string().contains("never"), "{error}");
                }
            }
        }
    }
}

#[test]
fn each_spelling_of_a_metadata_address_is_that_address() {
    for text in [
        "169.254.169.254",
        "169.254.169.254.",
        "2852039166",
        "0xA9FEA9FE",
        "0xa9.0xfe.0xa9.0xfe",
        "0251.0376.0251.0376",
        "025177524776",
        "169.254.43518",
        "169.16689662",
        "%31%36%39.254.169.254",
        "169%2E254%2E169%2E254",
        "169\u{3002}254\u{3002}169\u{3002}254",
        "\u{ff11}69.254.169.254",
        "[::ffff:169.254.169.254]",
        "[::FFFF:A9FE:A9FE]",
        "[0:0:0:0:0:ffff:a9fe:a9fe]",
        "[::169.254.169.254]",
        "[64:ff9b::169.254.169.254]",
        "[2002:a9fe:a9fe::1]",
        "[FD00:EC2:0:0::254]",
        "user:pass@169.254.169.254",
        "169.254.169.254:8080",
    ] {
        let host = host(text);
        let ip = match &host {
            Host::Ipv4(ip) => IpAddr::V4(*ip),
            Host::Ipv6(ip) => IpAddr::V6(*ip),
            Host::Domain(name) => panic!("{text} is the name {name}"),
        };
        assert_eq!(
            most_allowing(&host, ip).check(&host, ip).unwrap_err().kind(),
            FailureKind::BlockedHost,
            "{text}"
        );
    }
    // A zone is not part of a URL (RFC 9844), so a URL with a zone is not a target.
    assert!(Target::parse("http://[fe80::a9fe:a9fe%25eth0]").is_err());
}

#[test]
fn names_of_metadata_services_are_blocked_wherever_they_lead() {
    for text in [
        "metadata.google.internal",
        "METADATA.Google.Internal",
        "metadata.google.internal.",
        "metadata%2Egoogle.internal",
        "\u{ff4d}etadata.google.internal",
        "metadata.goog",
        "instance-data.ec2.internal",
        "api.metadata.cloud.ibm.com",
        "metadata.tencentyun.com",
        "metadata.platformequinix.com",
        "metadata.packet.net",
        "metadata.exoscale.com",
    ] {
        let (host, ip) = (host(text), ip("10.0.0.1"));
        let guard = most_allowing(&host, ip);
        assert!(guard.check_host(&host).is_err(), "{text}");
        assert!(guard.check(&host, ip).is_err() && guard.check_named(&host, ip).is_err(), "{text}");
    }
    for text in ["metadata.shop.example", "metadata", "google.internal"] {
        assert!(most_allowing(&host(text), ip("10.0.0.1")).check_host(&host(text)).is_ok(), "{text}");
    }
}

#[test]
fn link_local_addresses_are_loaded_only_where_the_user_names_the_address() {
    for text in ["169.254.7.7", "169.254.0.1", "169.254.255.254", "fe80::1", "febf::1", "::ffff:169.254.7.7"]
    {
        let ip = ip(text);
        let by_name = Guard::new(vec!["printer.local".into()]);
        let by_address = Guard::new(vec![address(ip)]);

        for host in [host("printer.local"), host(&address(ip))] {
            let error = by_name.check(&host, ip).unwrap_err();
            assert_eq!(error.kind(), FailureKind::BlockedHost);
            assert!(error.to_string().contains(&format!("--allow-host {}", address(ip))), "{error}");
            assert!(by_address.check(&host, ip).is_ok(), "{text}");
            // `--resolve printer.local:80:169.254.7.7`
            assert!(by_name.check_named(&host, ip).is_ok(), "{text}");
        }
    }
    let guard = Guard::new(Vec::new());
    guard.name(&Target::parse("http://[fe80::1]:8080").unwrap());
    assert!(guard.check(&host("[fe80::1]"), ip("fe80::1")).is_ok());
}

#[test]
fn public_hosts_must_be_named() {
    let guard = Guard::new(vec!["Named.example".into()]);

    for private in [
        "10.1.2.3",
        "127.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "100.64.0.1",
        "fd12::1",
        "::1",
        "::ffff:10.0.0.1",
    ] {
        assert!(guard.check(&host("a.example"), ip(private)).is_ok(), "{private}");
    }
    assert!(guard.check(&host("named.example"), ip("93.184.216.34")).is_ok());
    let blocked = guard.check(&host("a.example"), ip("93.184.216.34")).unwrap_err();
    assert_eq!(blocked.kind(), FailureKind::BlockedHost);
    assert!(blocked.to_string().contains("--allow-host a.example"));
}

proptest! {
    #[test]
    fn a_form_of_an_address_is_judged_as_the_address(bits in any::<u32>(), near in 0..METADATA.len()) {
        let random = Ipv4Addr::from_bits(bits);
        let near = match ip(METADATA[near]) {
            IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() ^ (bits & 3)),
            IpAddr::V6(_) => random,
        };
        for v4 in [random, near] {
            let plain = metadata::is_address(IpAddr::V4(v4));
            for form in forms(v4) {
                // A host that reads as several addresses is blocked for each of them.
                prop_assert!(metadata::is_address(form) || !plain, "{form}");
                prop_assert!(metadata::is_link_local(form) || !metadata::is_link_local(IpAddr::V4(v4)), "{form}");
            }
        }
    }
}
