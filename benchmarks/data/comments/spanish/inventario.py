"""Control de existencias de un almacén."""


def registrar_entrada(almacen, producto, cantidad):
    """Suma las unidades recibidas al saldo del producto."""
    if cantidad <= 0:
        raise ValueError("la cantidad debe ser positiva")
    # El producto puede no existir todavía en el almacén.
    almacen[producto] = almacen.get(producto, 0) + cantidad
    return almacen[producto]


def registrar_salida(almacen, producto, cantidad):
    """Resta las unidades vendidas y comprueba que haya suficientes."""
    disponible = almacen.get(producto, 0)
    # No se permite dejar el saldo por debajo de cero.
    if disponible < cantidad:
        raise LookupError(f"solo quedan {disponible} unidades de {producto}")
    almacen[producto] = disponible - cantidad
    return almacen[producto]


def productos_agotados(almacen, minimo=1):
    """Devuelve los productos cuyo saldo no llega al mínimo."""
    return sorted(nombre for nombre, saldo in almacen.items() if saldo < minimo)


def valorar(almacen, precios):
    """Calcula el valor total de las existencias según la lista de precios."""
    total = 0
    for nombre, saldo in almacen.items():
        # Los artículos sin precio se cuentan como regalos.
        total += saldo * precios.get(nombre, 0)
    return total


def fusionar(origen, destino):
    """Traslada todo el contenido de un almacén a otro."""
    for nombre in list(origen):
        destino[nombre] = destino.get(nombre, 0) + origen.pop(nombre)
    return destino


def redondear_lote(cantidad, lote):
    # Los proveedores solo sirven cajas completas.
    return -(-cantidad // lote) * lote
