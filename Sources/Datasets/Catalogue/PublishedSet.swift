/// The catalogue entry of a published data set: classes, normalisation, sources of its files.
public struct PublishedSet: Sendable {
    package let kind: DataSpec.Kind
    package let title: String
    /// How many images of what.
    package let contents: String
    package let source: String
    package let normalisation: Normalisation
    package let classCount: Int
    /// Where they are known in advance.
    package let classNames: [String]?
    /// Whether the mean and deviation were measured on the training images (a test does it again), and not taken from the programs that commonly train on the set.
    package var isMeasured: Bool { [.digits, .mnist].contains(kind) }
    /// Files to fetch, nothing where the set is built in.
    package let downloads: [Download]

    /// One file of a set, as it is published.
    package struct Download: Sendable, Equatable {
        /// The folder it is published in, with its last slash.
        package let place: String
        package let file: String
        /// Its exact size.
        package let bytes: Int
        /// As the set's authors, or torchvision, publish it: docs/datasets.md says which from where.
        package let md5: String
        /// Files to take out of it where it is a tar archive; else it is kept as it is.
        package let members: [String]

        package init(place: String, file: String, bytes: Int, md5: String, members: [String] = []) {
            self.place = place
            self.file = file
            self.bytes = bytes
            self.md5 = md5
            self.members = members
        }
    }

    /// The set that a kind of data stands for; nil for files and folders of one's own.
    package static func of(_ kind: DataSpec.Kind) -> PublishedSet? { all.first { $0.kind == kind } }

    private static let digitNames = (0..<10).map { String($0) }

    /// The four files of MNIST and the sets made in its form: sizes and checksums of training images and labels, test images and labels.
    private static func quartet(_ place: String, _ files: [(bytes: Int, md5: String)]) -> [Download] {
        zip(["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"], files).map {
            Download(place: place, file: "\($0)-ubyte.gz", bytes: $1.bytes, md5: $1.md5)
        }
    }

    package static let all: [PublishedSet] = [
        PublishedSet(
            kind: .digits, title: "UCI optical digits, built in", contents: "1297 + 500 grey images of 8×8 in 10 classes",
            source: "E. Alpaydin and C. Kaynak 1998, doi 10.24432/C50P49, CC BY 4.0", normalisation: .digits, classCount: 10,
            classNames: digitNames, downloads: []),
        PublishedSet(
            kind: .mnist, title: "MNIST", contents: "60000 + 10000 grey images of 28×28 in 10 classes",
            source: "Y. LeCun, C. Cortes, C. Burges 1998",
            normalisation: .mnist, classCount: 10, classNames: digitNames,
            downloads: quartet(
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                [
                    (9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"), (28_881, "d53e105ee54ea40749a09fcbcd1e9432"),
                    (1_648_877, "9fb629c4189551a2d022fa330f9573f3"), (4542, "ec29112dd5afa0611ce80d1b7f02629c"),
                ])),
        PublishedSet(
            kind: .fashionMNIST, title: "Fashion-MNIST", contents: "60000 + 10000 grey images of 28×28 in 10 classes",
            source: "H. Xiao, K. Rasul, R. Vollgraf 2017, arXiv 1708.07747", normalisation: .fashionMNIST, classCount: 10,
            classNames: ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"],
            downloads: quartet(
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                [
                    (26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"), (29_515, "25c81989df183df01b3e8a0aad5dffbe"),
                    (4_422_102, "bef4ecab320f06d8554ea6380940ec79"), (5148, "bb300cfdad3c16e7a12a480ee83cd310"),
                ])),
        PublishedSet(
            kind: .kmnist, title: "Kuzushiji-MNIST", contents: "60000 + 10000 grey images of 28×28 in 10 classes",
            source: "T. Clanuwat and others 2018, arXiv 1812.01718", normalisation: .kmnist, classCount: 10,
            classNames: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
            downloads: quartet(
                "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
                [
                    (18_165_135, "bdb82020997e1d708af4cf47b453dcf7"), (29_497, "e144d726b3acfaa3e44228e80efcd344"),
                    (3_041_136, "5c965bf0a639b31b8f53240b1b52f4d7"), (5120, "7320c461ea6c1c855c0b718fb2a4b134"),
                ])),
        PublishedSet(
            kind: .cifar10, title: "CIFAR-10", contents: "50000 + 10000 colour images of 32×32 in 10 classes", source: "A. Krizhevsky 2009",
            normalisation: .cifar10, classCount: 10,
            classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
            downloads: [
                Download(
                    place: "https://www.cs.toronto.edu/~kriz/", file: "cifar-10-binary.tar.gz", bytes: 170_052_171,
                    md5: "c32a1d4ab5d03f1284b67883e8d87530",
                    members: CIFARFiles.binary(.cifar10).all)
            ]),
        PublishedSet(
            kind: .cifar100, title: "CIFAR-100", contents: "50000 + 10000 colour images of 32×32 in 100 classes",
            source: "A. Krizhevsky 2009",
            normalisation: .cifar100, classCount: 100, classNames: nil,
            downloads: [
                Download(
                    place: "https://www.cs.toronto.edu/~kriz/", file: "cifar-100-binary.tar.gz", bytes: 168_513_733,
                    md5: "03b5dce01913d631647c71ecec9e9cb8",
                    members: CIFARFiles.binary(.cifar100).all)
            ]),
        PublishedSet(
            kind: .svhn, title: "Street View House Numbers", contents: "73257 + 26032 colour images of 32×32 in 10 classes",
            source: "Y. Netzer and others 2011", normalisation: .svhn, classCount: 10, classNames: digitNames,
            downloads: [
                Download(
                    place: "http://ufldl.stanford.edu/housenumbers/", file: "train_32x32.mat", bytes: 182_040_794,
                    md5: "e26dedcc434d2e4c54c9b2d4a06d8373"),
                Download(
                    place: "http://ufldl.stanford.edu/housenumbers/", file: "test_32x32.mat", bytes: 64_275_384,
                    md5: "eb5a983be6a315427106f1b164d9cef3"),
            ]),
    ]
}
