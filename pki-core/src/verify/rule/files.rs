//! Whether files are there and can be read.

macro_rules! files {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)* "Files" {
        Unreadable, "unreadable", Error,
            "what cannot be read is not checked, so nothing is known about it",
            "A file or directory could not be opened or read, so none of the checks that need it were made, \
            and the exit status is 2 rather than 0 or 1. Most often the command runs as another user than \
            root: the keys have mode 0600 and belong to root. Run it as root; if root is refused as well, \
            look for an immutable or encrypted file system, for a failing disk, or for SELinux.";
        FileMissing, "file-missing", Error,
            "the component that uses it does not start ('no such file or directory'), and clients see 'The connection to the server was refused'",
            "Every file that the role of the host asks for must be there: on a control plane host the CAs, \
            the leaves, sa.key and sa.pub and the kubeconfigs, on a member of etcd its certificates and \
            etcd's CA. A static pod whose file is missing stops at once with 'open \
            /etc/kubernetes/pki/apiserver.crt: no such file or directory', and kubectl says 'The connection \
            to the server ...:6443 was refused'. kubeadm makes a pair only if both files are missing; of \
            half a pair it says 'failure loading apiserver certificate: failed to load key'. CAs and sa.* \
            must be copied from another host, since new ones would fit nothing that exists; leaves can be \
            issued again where the key of their CA is, and with an external CA nowhere else ('invalid or \
            incomplete external CA').";
        Exchanged, "exchanged", Error,
            "each of the two is read as the other: 'tls: private key does not match public key', 'x509: certificate signed by unknown authority', names and rights of somebody else",
            "Two files or pairs are each what the other should be, and with each in the other's place nothing of \
            what is listed below the finding is wrong: a slip while files were copied or restored, such as a loop \
            over names that went one too far. A component that starts now reads the other's file: a pair that does \
            not fit ends with 'tls: private key does not match public key', a whole pair in the wrong place with \
            'certificate signed by unknown authority' or 'certificate is valid for ..., not ...'. The commands put \
            them back over a third name; nothing has to be issued again.";
        NotAFile, "not-a-file", Error,
            "the component that opens it fails or waits for ever",
            "Where a file is expected there is a directory, a named pipe, a device or a link that leads \
            nowhere. A directory of this name is what a container runtime makes when it mounts a file that \
            was not there. Remove it and put the file in its place.";
        TooLarge, "too-large", Error,
            "certificates and keys have a few kilobytes; whatever this is, it is none",
            "Files are read up to 1 MiB, which is hundreds of certificates. A longer one is a core dump, a \
            log or a disk image under a wrong name, or was filled with zeros after a crash. Put the right \
            file back from a backup or another host.";
        Empty, "empty", Error,
            "an interrupted write or a full disk leaves such a file; Go says 'tls: failed to find any PEM data in certificate input'",
            "kubeadm and cfssl write files in place: a full disk, a kill or a power cut in the middle leaves \
            an empty one, and the old content is gone. The component says 'tls: failed to find any PEM data \
            in certificate input' or, of a key, 'in key input', kubeadm 'data does not contain any valid RSA \
            or ECDSA certificates'. With an empty file of CAs etcd starts and trusts nobody: both sides say \
            'x509: certificate signed by unknown authority'. \
            Leaves can be issued again; a CA or sa.key has to come from a backup or another host of the \
            control plane.";
        NotPem, "not-pem", Error,
            "etcd and Kubernetes read PEM only: 'tls: failed to find any PEM data in certificate input'",
            "The file holds DER, or a container such as PKCS#12 or a Java key store; the components read PEM, \
            base64 between BEGIN and END lines, and nothing else. Many CAs deliver DER in a file called .crt \
            or .cer. With a CA in DER etcd starts without a word about PEM and trusts nobody: 'x509: \
            certificate signed by unknown authority'. openssl converts all of these without loss.";
        ByteOrderMark, "byte-order-mark", Error,
            "Go does not see the first PEM block behind it: 'data does not contain any valid RSA or ECDSA certificates'",
            "Some editors, Notepad above all, put three bytes (EF BB BF) before the first line when they \
            save. Go then does not find the BEGIN line at the start of a line and passes over the first \
            block: etcd says 'tls: failed to find any PEM data in certificate input', kubeadm 'data does not \
            contain any valid RSA or ECDSA certificates'. OpenSSL reads the same file without complaint, \
            which makes it hard to see. Take the three \
            bytes away.";
        BrokenPem, "broken-pem", Error,
            "Go finds no block in it: 'tls: failed to find any PEM data', kubeadm: 'data does not contain any valid RSA or ECDSA certificates'",
            "A PEM block was cut off, its END line does not match its BEGIN line, or its base64 is damaged: \
            an interrupted copy, a paste that lost lines, a disk that was full. Go passes over such a block \
            without a word and then finds none. In a bundle, block and line of the broken one are named. Put \
            the file back from a backup, or issue it again.";
        WrongBlock, "wrong-block", Error,
            "the component does not find what it needs: 'tls: failed to find \"CERTIFICATE\" PEM block in certificate input', 'found a certificate rather than a key in the PEM for the private key'",
            "The PEM in the file is whole, and holds something else than its name says: a key instead of a \
            certificate or the other way round, a certificate signing request that was never signed, or a \
            'TRUSTED CERTIFICATE' of OpenSSL that Go does not read. Of a key in the place of the certificate \
            Go says 'tls: failed to find certificate PEM data in certificate input, but did find a private \
            key; PEM inputs may have been switched'. It comes from copying under the wrong \
            name. Find the right file, or issue the pair again.";
        Malformed, "malformed", Error,
            "the component that reads it does not start",
            "The PEM or YAML is whole, but what is inside is no certificate, key or kubeconfig by the rules \
            of its format: bytes are damaged, an extension appears twice, the certificate ends before it \
            starts, its two signature algorithms differ. Go is as strict: 'x509: malformed certificate', \
            'tls: failed to parse private key'. Put the file back from a backup, or issue it again.";
    } } };
}
pub(super) use files;
