// Comprueba si dos estancias comparten alguna noche.
function coinciden(una, otra) {
  return una.entrada < otra.salida && otra.entrada < una.salida;
}

// Busca la primera habitación libre para las fechas pedidas.
function habitacionLibre(habitaciones, reservas, estancia) {
  return habitaciones.find((habitacion) =>
    reservas
      .filter((reserva) => reserva.numero === habitacion.numero)
      .every((reserva) => !coinciden(reserva, estancia))
  );
}

/**
 * Calcula el importe de una estancia, con recargo en temporada alta.
 */
function importe(estancia, tarifa) {
  const noches = (estancia.salida - estancia.entrada) / 86400000;
  // En agosto se cobra un veinte por ciento más.
  const recargo = estancia.entrada.getMonth() === 7 ? 1.2 : 1;
  return Math.round(noches * tarifa * recargo * 100) / 100;
}

// Anula la reserva y devuelve la fianza si queda más de una semana.
function anular(reserva, hoy) {
  const dias = (reserva.entrada - hoy) / 86400000;
  reserva.anulada = true;
  return dias > 7 ? reserva.fianza : 0;
}

/* Ordena las reservas por fecha de llegada sin tocar la lista original. */
function porLlegada(reservas) {
  return [...reservas].sort((a, b) => a.entrada - b.entrada);
}

class Recepcion {
  constructor(habitaciones) {
    this.habitaciones = habitaciones;
    // Aquí se guardan los huéspedes que aún no han pagado.
    this.pendientes = new Map();
  }

  /** Apunta la llegada de un huésped y le entrega la llave. */
  recibir(huesped, numero) {
    this.pendientes.set(huesped, numero);
    return `llave-${numero}`;
  }

  /** Cierra la cuenta del huésped cuando abandona el hotel. */
  despedir(huesped) {
    const numero = this.pendientes.get(huesped);
    this.pendientes.delete(huesped);
    return numero;
  }
}

module.exports = { coinciden, habitacionLibre, importe, anular, porLlegada, Recepcion };
