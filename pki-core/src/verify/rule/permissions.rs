//! Who gets at files, and where else keys are.

macro_rules! permissions {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)* "Permissions and copies" {
        ReadableByOthers, "readable-by-others", Error,
            "whoever has an account or a pod on the host may copy the key (CIS benchmark 1.1.13 to 1.1.21)",
            "Keys and kubeconfigs have mode 0600. People make admin.conf readable to use kubectl without sudo, \
            and cfssl keeps the mode of a file that it writes over. Nothing fails; kubectl and helm warn \
            'Kubernetes configuration file is world-readable'. Take the mode back, and issue the certificate \
            again with a new key if anybody untrusted may have read it: a client certificate cannot be \
            revoked. A key of etcd that its group may read, because etcd runs as its own user, is only noted.";
        WritableByOthers, "writable-by-others", Error,
            "whoever has an account or a pod on the host may put another file in its place (CIS benchmark 1.1.13 to 1.1.20)",
            "Others than the owner may write the file, or may replace files in the directory, whatever their \
            own modes are. Whoever replaces ca.crt decides whom the cluster trusts, and whoever puts a manifest \
            into the directory of static pods, or changes one, is root on the host: the kubelet starts it with all \
            the rights that it asks for. A umask of 0 or a chmod -R 777 in a script leaves this behind. Take \
            the right away.";
        Owner, "owner", Warning,
            "that user can read and replace the file whatever its mode is (CIS benchmark 1.1.14 to 1.1.19)",
            "Files below /etc/kubernetes belong to root. One that belongs to somebody else can be read, \
            changed and given another mode by that user, which a mode of 0600 hides. Files copied with scp or \
            unpacked by an ordinary user keep that owner. etcd's own files may belong to the user that etcd \
            runs as, which is only noted. A tree of which nothing belongs to root was just made somewhere else \
            and is not judged.";
        HardLink, "hard-link", Warning,
            "the same file has another name somewhere else: removing or renewing this one leaves the key there",
            "A file with a private key has more than one name in the file system. Backup programs that save \
            space and careless copies with cp -l make them. The other name has its own directory with its own \
            permissions, and stays when this one is replaced. Find it with find / -xdev -samefile FILE, and \
            remove it or copy the file.";
        LinkOutside, "link-outside", Note,
            "backups and copies of the directory do not have the key, and the other directory decides who can replace it",
            "The file is a symbolic link that leads out of the directory. The components follow it, and the \
            target's mode is what was checked. A copy of the directory to another host takes the link and not \
            the key, kubeadm writes through it, and other tools put a file in its place. It is fine if it is \
            meant, as with certbot or a secrets manager.";
        KeyInCertificateFile, "key-in-certificate-file", Error,
            "certificates are public and are copied around: the key goes along",
            "A certificate's file or sa.pub also holds a private key. Such files have mode 0644 and are handed \
            out freely: into kubeconfigs, ConfigMaps and tickets. Combined files for haproxy or nginx end up \
            here. Keep the certificate only, and issue it again with a new key if others could read it.";
        StrayKey, "stray-key", Warning,
            "a copy of a key is as good as the key, and nobody watches or renews it",
            "A file that no component uses holds a private key: ca.key.bak, apiserver.key~, admin.conf.old, the \
            leftovers of an editor or of kubeadm reset. It is as good as the key for whoever finds it, and \
            stays behind when the key is renewed. Remove it, or move it to where backups are kept under lock.";
        InterruptedRun, "interrupted-run", Warning,
            "some files may be new and others old, and the new keys lie in a place that nobody watches",
            "Before it changes a file, kpki writes all new ones into a directory of its own beside them: \
            .kpki-stage, or .kpki-copy for a copy that came by ssh. A run that ends takes it away, so one that \
            is there while nobody is at work was left by a kill, a power cut or a lost connection. Each file is \
            whole, the old or the new one, but they need not fit together. The next run there finishes or takes \
            back what was begun; do not remove the directory by hand, for the record of what was done is in it.";
        KeyInBackup, "key-in-backup", Warning,
            "whoever reads it can sign for the cluster, as long as anything trusts the CA or the key",
            "What kpki replaces is kept in kpki-backup-TIME beside it, and there a key of a CA or sa.key still \
            lies. A replaced CA is trusted by every kubeconfig, component and program that was not given the \
            new one, and tokens of the old sa.key hold until every API server was restarted without it. The key \
            of a backup that is the same as the one in use is a second copy of it. Keep the backup while you may \
            want to go back, then remove the keys from it, or the whole directory.";
    } } };
}
pub(super) use permissions;
