/// Neurons as points: their inner products as far as a fit can represent them, and the squared length of what it cannot.
///
/// With D the inputs and P the projection on their span, the products are those of P a; the distance of a neuron's values from the
/// fit u of some mixture is √(residual + ‖P a − u‖²). A ridge only lengthens D by √λ I, and the same holds.
struct NeuronGeometry: Sendable {
    /// Nothing is known: positions decide.
    static let none = NeuronGeometry(products: [], squaredLengths: [])

    let count: Int
    /// count × count, row-major.
    let products: [Double]
    /// The squared length of what of each neuron the fit leaves over.
    let residuals: [Double]

    init(products: [Double], squaredLengths: [Double]) {
        count = squaredLengths.count
        self.products = products
        let count = count
        residuals = squaredLengths.enumerated().map { max(0, $0.element - products[$0.offset * count + $0.offset]) }
    }

    func squaredDistance(_ first: Int, _ second: Int) -> Double {
        first == second
            ? 0 : max(0, products[first * count + first] + products[second * count + second] - 2 * products[first * count + second])
    }

    /// The squared length of a neuron's own values.
    func squaredLength(_ neuron: Int) -> Double { residuals[neuron] + products[neuron * count + neuron] }
}
