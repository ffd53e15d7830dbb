//! The metadata services of clouds, which give credentials to any client inside; and IPv4 addresses inside of IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

/// Names of metadata services, which are blocked even if a resolver returns another address for them.
const NAMES: &[&str] = &[
    // Google Cloud, "About VM metadata".
    "metadata.google.internal",
    "metadata.goog",
    // AWS, "Access instance metadata for an EC2 instance"; the name is that of the resolver of EC2.
    "instance-data.ec2.internal",
    // IBM Cloud, "About VPC Instance Metadata".
    "api.metadata.cloud.ibm.com",
    // Tencent Cloud, "Querying Instance Metadata".
    "metadata.tencentyun.com",
    // Equinix Metal, "Metadata"; the older name is Packet's.
    "metadata.platformequinix.com",
    "metadata.packet.net",
    // Exoscale, "Instance Metadata".
    "metadata.exoscale.com",
];

/// Networks of metadata services: address, and number of its significant bits.
const V4: &[(Ipv4Addr, u32)] = &[
    // AWS, Google, Azure, Oracle, DigitalOcean, Hetzner, IBM, OpenStack, Akamai, Vultr, OVH, Huawei, Yandex and others have
    // theirs at .254 (e.g. AWS, "Access instance metadata for an EC2 instance"; Azure Instance Metadata Service;
    // DigitalOcean, "Metadata API"; Hetzner Cloud, "Server Metadata"). The pods of GKE reach it at .252 (Google,
    // "About Workload Identity Federation for GKE"), and the rest of the network is the clouds' too.
    (Ipv4Addr::new(169, 254, 169, 0), 24),
    // AWS: credentials of tasks at .2 (ECS, "Task IAM role"), of pods at .23 (EKS, "Understand how EKS Pod Identity works").
    (Ipv4Addr::new(169, 254, 170, 0), 24),
    // Azure App Service and Functions: identities at 169.254.128.0 to 169.254.131.255, by their `IDENTITY_ENDPOINT`
    // ("How to use managed identities for App Service").
    (Ipv4Addr::new(169, 254, 128, 0), 22),
    // Scaleway, "Instances: user data and metadata"; cloud-init, "Scaleway datasource".
    (Ipv4Addr::new(169, 254, 42, 42), 32),
    // Tencent Cloud, "Querying Instance Metadata".
    (Ipv4Addr::new(169, 254, 0, 23), 32),
    (Ipv4Addr::new(169, 254, 10, 10), 32),
    // Alibaba Cloud, "ECS instance metadata".
    (Ipv4Addr::new(100, 100, 100, 200), 32),
    // Volcengine, "ECS instance metadata".
    (Ipv4Addr::new(100, 96, 0, 96), 32),
    // UCloud, "UHost metadata server".
    (Ipv4Addr::new(100, 80, 80, 80), 32),
    // Azure, "What is IP address 168.63.129.16?": the wire server.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Oracle Cloud Infrastructure Classic, "Retrieving instance metadata".
    (Ipv4Addr::new(192, 0, 0, 192), 32),
];

/// The same for IPv6 as [`V4`].
const V6: &[(Ipv6Addr, u32)] = &[
    // AWS, "Access instance metadata for an EC2 instance" (::254) and "EKS Pod Identity" (::23); all of it is Amazon's.
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0), 32),
    // Google Cloud, "About VM metadata", of machines that have IPv6 alone.
    (Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128),
    // Oracle Cloud, "Instance Metadata Service", by its software development kits.
    (Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe), 128),
    // Scaleway; cloud-init, "Scaleway datasource".
    (Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42), 128),
    // Akamai (Linode), "Overview of the Metadata service".
    (Ipv6Addr::new(0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 1), 128),
    // Alibaba Cloud; cloud-init, "AliYun datasource".
    (Ipv6Addr::new(0xfd00, 0x100, 0, 0, 0, 0, 0x100, 0x200), 128),
    // OpenStack, "Metadata service", on networks that have IPv6 alone.
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe), 128),
];

/// Returns `true` if this name is that of a metadata service.
pub(super) fn is_name(host: &Host<String>) -> bool {
    let Host::Domain(name) = host else { return false };
    let name = name.trim_end_matches('.');
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Returns `true` if a metadata service is at this address, in any form of the address.
pub(super) fn is_address(ip: IpAddr) -> bool {
    forms(ip).into_iter().any(|ip| match ip {
        IpAddr::V4(ip) => {
            V4.iter().any(|(net, bits)| (ip.to_bits() ^ net.to_bits()).leading_zeros() >= *bits)
        }
        IpAddr::V6(ip) => {
            V6.iter().any(|(net, bits)| (ip.to_bits() ^ net.to_bits()).leading_zeros() >= *bits)
        }
    })
}

/// Returns `true` if the address is link-local (RFC 3927, RFC 4291), in any form of the address.
pub(super) fn is_link_local(ip: IpAddr) -> bool {
    forms(ip).into_iter().any(|ip| match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    })
}

/// An address and the IPv4 addresses that are embedded in it.
fn forms(ip: IpAddr) -> Vec<IpAddr> {
    let mut forms = vec![ip];
    if let IpAddr::V6(ip) = ip {
        forms.extend(embedded(ip).into_iter().map(IpAddr::V4));
    }
    forms
}

/// IPv4 addresses in an IPv6 address.
fn embedded(ip: Ipv6Addr) -> Vec<Ipv4Addr> {
    let last = octets_at(ip, [12, 13, 14, 15]);
    match ip.segments() {
        // Mapped, `::ffff:a.b.c.d`, and compatible, `::a.b.c.d` (RFC 4291, section 2.5.5); translated, `::ffff:0:a.b.c.d`
        // (RFC 2765, section 2.1).
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => vec![last],
        // NAT64 (RFC 6052, section 2.2).
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => vec![last],
        // NAT64 of a network's own (RFC 8215), with a prefix of 48, 56, 64 or 96 bits; octet 8 is not part of the
        // address.
        [0x64, 0xff9b, 1, ..] => {
            let places = [[12, 13, 14, 15], [6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12]];
            places.map(|places| octets_at(ip, places)).to_vec()
        }
        // 6to4 (RFC 3056, section 2).
        [0x2002, ..] => vec![octets_at(ip, [2, 3, 4, 5])],
        // Teredo (RFC 4380, section 4): its server, and its client with inverted bits.
        [0x2001, 0, ..] => vec![octets_at(ip, [4, 5, 6, 7]), Ipv4Addr::from(!last.to_bits())],
        // ISATAP (RFC 5214, section 6.1), on any network.
        [_, _, _, _, 0 | 0x100 | 0x200 | 0x300, 0x5efe, ..] => vec![last],
        _ => Vec::new(),
    }
}

fn octets_at(ip: Ipv6Addr, places: [usize; 4]) -> Ipv4Addr {
    Ipv4Addr::from(places.map(|place| ip.octets()[place]))
}
