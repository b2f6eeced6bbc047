import Fusion
import Networks
import Tensors

/// Small vision transformers in the names of three code bases: 6 × 6 images in patches of 2 × 2, three heads of four channels.
enum SampleTransformer: String, CaseIterable, Sendable {
    case timm, torchvision, cifar

    func network(seed: UInt64, blocks: Int = 2, mlp: Int = 10) throws -> Network {
        let width = 12, tokens = 10
        var entries: [(name: String, shape: [Int])] = []
        func linear(_ name: String, _ outputs: Int, _ inputs: Int) {
            entries += [("\(name).weight", [outputs, inputs]), ("\(name).bias", [outputs])]
        }
        func norm(_ name: String) { entries += [("\(name).weight", [width]), ("\(name).bias", [width])] }
        switch self {
        case .timm:
            entries += [("cls_token", [1, 1, width]), ("pos_embed", [1, tokens, width])]
            entries += [("patch_embed.proj.weight", [width, 2, 2, 2]), ("patch_embed.proj.bias", [width])]
            for block in 0..<blocks {
                norm("blocks.\(block).norm1")
                linear("blocks.\(block).attn.qkv", 3 * width, width)
                linear("blocks.\(block).attn.proj", width, width)
                norm("blocks.\(block).norm2")
                linear("blocks.\(block).mlp.fc1", mlp, width)
                linear("blocks.\(block).mlp.fc2", width, mlp)
            }
            norm("norm")
            linear("head", 5, width)
        case .torchvision:
            entries += [("class_token", [1, 1, width]), ("conv_proj.weight", [width, 2, 2, 2]), ("conv_proj.bias", [width])]
            entries += [("encoder.pos_embedding", [1, tokens, width])]
            for block in 0..<blocks {
                let prefix = "encoder.layers.encoder_layer_\(block)"
                norm("\(prefix).ln_1")
                entries += [
                    ("\(prefix).self_attention.in_proj_weight", [3 * width, width]), ("\(prefix).self_attention.in_proj_bias", [3 * width]),
                ]
                linear("\(prefix).self_attention.out_proj", width, width)
                norm("\(prefix).ln_2")
                linear("\(prefix).mlp.0", mlp, width)
                linear("\(prefix).mlp.3", width, mlp)
            }
            norm("encoder.ln")
            linear("heads.head", 5, width)
        case .cifar:
            entries += [("cls_token", [1, 1, width]), ("pos_emb", [1, tokens, width])]
            linear("emb", width, 8)
            for block in 0..<blocks {
                norm("enc.\(block).la1")
                for name in ["q", "k", "v", "o"] { linear("enc.\(block).msa.\(name)", width, width) }
                norm("enc.\(block).la2")
                linear("enc.\(block).mlp.0", mlp, width)
                linear("enc.\(block).mlp.3", width, mlp)
            }
            norm("fc.0")
            linear("fc.1", 5, width)
        }
        let architecture = try Families.recognise(
            ParameterTable(entries, hints: RecognitionHints(inputShape: SampleNetwork.inputShape, heads: 3)))
        let generator = try Generator(seed: seed)
        var parameters: [String: Tensor] = [:]
        for (name, shape) in entries { parameters[name] = try Tensor.normal(shape, generator: generator) * 0.5 }
        return try Network(architecture, parameters: parameters)
    }
}

/// A network to fuse, of any family.
enum AnyNetwork: Sendable, CustomStringConvertible, CaseIterable {
    case sample(SampleNetwork), transformer(SampleTransformer)

    static let allCases = SampleNetwork.allCases.map(Self.sample) + SampleTransformer.allCases.map(Self.transformer)

    func network(seed: UInt64) throws -> Network {
        switch self {
        case .sample(let kind): try kind.network(seed: seed)
        case .transformer(let kind): try kind.network(seed: seed)
        }
    }

    var description: String {
        switch self {
        case .sample(let kind): kind.rawValue
        case .transformer(let kind): "ViT, \(kind.rawValue)"
        }
    }
}

/// The largest difference of two networks' logits on the same inputs, as a share of the largest logit.
func disagreement(_ first: Network, _ second: Network, _ inputs: TensorInputs) throws -> Double {
    let (one, other) = (try first(inputs.values), try second(inputs.values))
    return try (one - other).magnitude().maximum().item() / max(1, one.magnitude().maximum().item())
}
