/// The names that one code base gives to the parameters of a vision transformer, and what its forward pass does in its own way.
struct ViTNaming: Sendable {
    let source: String
    let token: String
    let position: String
    let embedding: String
    /// A block's prefix, with its point, for its number.
    let block: @Sendable (Int) -> String
    let norm1: String
    /// The layers of queries, keys and values: three, or one for all.
    let projections: [String]
    let attention: String
    let output: String
    let norm2: String
    /// Both linear layers, in the spellings there are.
    let mlps: [[String]]
    let norm: String
    let head: String
    let epsilon: Double
    /// ViT-CIFAR: GELU also after the second linear layer, attention scores divided by the square root of the whole width.
    var isCIFAR = false

    /// The number of heads that published models of a width have.
    func usualHeads(_ width: Int) -> Int {
        // ViT-CIFAR has 12 heads whatever the width; the others have heads of 64 channels (Dosovitskiy et al. 2021, table 1).
        if isCIFAR, width % 12 == 0, width >= 192 { return 12 }
        if width % 64 == 0 { return width / 64 }
        return [8, 4, 3, 2].first { width % $0 == 0 && width / $0 >= 8 } ?? 1
    }

    static let all: [ViTNaming] = [
        ViTNaming(
            source: "timm", token: "cls_token", position: "pos_embed", embedding: "patch_embed.proj", block: { "blocks.\($0)." },
            norm1: "norm1",
            projections: ["attn.qkv"], attention: "attn", output: "attn.proj", norm2: "norm2", mlps: [["mlp.fc1", "mlp.fc2"]], norm: "norm",
            head: "head", epsilon: 1e-6),
        ViTNaming(
            source: "torchvision", token: "class_token", position: "encoder.pos_embedding", embedding: "conv_proj",
            block: { "encoder.layers.encoder_layer_\($0)." }, norm1: "ln_1", projections: ["self_attention.in_proj_*"],
            attention: "self_attention",
            output: "self_attention.out_proj", norm2: "ln_2", mlps: [["mlp.0", "mlp.3"], ["mlp.linear_1", "mlp.linear_2"]],
            norm: "encoder.ln",
            head: "heads.head", epsilon: 1e-6),
        hugging(root: "vit."), hugging(root: "deit."), hugging(root: ""),
        // With the embedding in the first level, as a level of its own, and without levels.
        cifar(root: "blocks.0.0.", head: "fc") { $0 == 0 ? "blocks.0.1." : "blocks.\($0)." },
        cifar(root: "blocks.0.", head: "fc") { "blocks.\($0 + 1)." },
        cifar(root: "", head: "fc") { "enc.\($0)." },
    ]

    /// `ViTForImageClassification` of the transformers library; its configuration contains ε where it differs from 1e-12.
    private static func hugging(root: String) -> ViTNaming {
        ViTNaming(
            source: "Hugging Face", token: "\(root)embeddings.cls_token", position: "\(root)embeddings.position_embeddings",
            embedding: "\(root)embeddings.patch_embeddings.projection", block: { "\(root)encoder.layer.\($0)." }, norm1: "layernorm_before",
            projections: ["attention.attention.query", "attention.attention.key", "attention.attention.value"],
            attention: "attention.attention",
            output: "attention.output.dense", norm2: "layernorm_after", mlps: [["intermediate.dense", "output.dense"]],
            norm: "\(root)layernorm",
            head: "classifier", epsilon: 1e-12)
    }

    private static func cifar(root: String, head: String, block: @escaping @Sendable (Int) -> String) -> ViTNaming {
        ViTNaming(
            source: "ViT-CIFAR", token: "\(root)cls_token", position: "\(root)pos_emb", embedding: "\(root)emb", block: block, norm1: "la1",
            projections: ["msa.q", "msa.k", "msa.v"], attention: "msa", output: "msa.o", norm2: "la2", mlps: [["mlp.0", "mlp.3"]],
            norm: "\(head).0",
            head: "\(head).1", epsilon: 1e-5, isCIFAR: true)
    }
}
